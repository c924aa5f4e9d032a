package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.operator.SessionSharing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.formats.avro.typeutils.GenericRecordAvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.Test;

/** With the real tokeniser and the real ONNX Runtime in a mini-cluster; nothing may need Kryo. */
class StreamEmbedderIT {
  private static final int SLOTS = 2;
  private static final List<String> WORDS = List.of("the", "people", "world", "of", "war", "peace");

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void embedsAStreamBitForBitAsTheEmbedderAlone() throws Exception {
    List<Line> lines = lines(2000);
    DataStream<Line> input = streaming().fromData(lines, Line.TYPE).rebalance();

    List<Embedded<Line>> results =
        new ArrayList<>(lineEmbedder().build().embed(input).executeAndCollect(lines.size() + 1));

    results.sort(Comparator.comparingInt(result -> result.input().number()));
    assertThat(results).extracting(Embedded::input).isEqualTo(lines);
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (Embedded<Line> result : results) {
        Embedding alone =
            embedder
                .embed(List.of(embedder.tokenise(String.valueOf(result.input().text()), null)))
                .get(0);
        assertThat(result.vector()).as("%s", result.input()).isEqualTo(alone.vector());
        assertThat(result.embedding().tokens()).isEqualTo(alone.tokens());
        assertThat(result.embedding().truncated()).isEqualTo(alone.truncated());
        assertThat(result.prompt()).isEqualTo("passage");
        assertThat(result.model()).isEqualTo("tiny");
        assertThat(result.modelDigest()).isEqualTo(model.digest());
      }
    }
  }

  @Test
  void sendsRejectedTextsToTheSideOutput() throws Exception {
    List<Line> lines = List.of(new Line(0, "the world"), new Line(1, " "), new Line(2, "peace"));
    SingleOutputStreamOperator<Embedded<Line>> embedded =
        lineEmbedder()
            .setFailures(Line.FAILED)
            .build()
            .embed(streaming().fromData(lines, Line.TYPE));

    assertThat(embedded.getSideOutput(Line.FAILED).executeAndCollect(3))
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.input().number()).isEqualTo(1);
              assertThat(rejected.reason()).isEqualTo(Reason.BLANK);
            });
  }

  @Test
  void embedsAKeyedStreamInBatchModeWithoutManagedMemory() throws Exception {
    Configuration batch = new Configuration();
    batch.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    batch.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO); // docs/operations.md
    List<Line> lines = lines(200);

    List<Embedded<Line>> results =
        lineEmbedder()
            .build()
            .embed(environment(batch).fromData(lines, Line.TYPE).keyBy(line -> line.number() % 2))
            .executeAndCollect(lines.size() + 1);

    assertThat(results).hasSameSizeAs(lines).allMatch(Embedded::isEmbedded);
    for (int key : new int[] {0, 1}) {
      assertThat(results)
          .extracting(result -> result.input().number())
          .filteredOn(number -> number % 2 == key)
          .isSorted();
    }
  }

  @Test
  void takesTheTypeOfTheStream() throws Exception {
    DataStream<Row> rows =
        streaming()
            .fromData(
                Types.ROW_NAMED(
                    new String[] {"id", "title", "body"}, Types.INT, Types.STRING, Types.STRING),
                Row.of(1, "the war", "of the people"));

    List<Embedded<Row>> results =
        StreamEmbedder.<Row>builder()
            .setModelDirectory(model.path().toString())
            .setTexts(row -> List.of((String) row.getField(1), (String) row.getField(2)))
            .setPrompt("query")
            .setDimensions(4)
            .build()
            .embed(rows)
            .executeAndCollect(2);

    assertThat(results)
        .singleElement()
        .satisfies(
            result -> {
              assertThat(result.input().getField(0)).isEqualTo(1);
              assertThat(result.prompt()).isEqualTo("query");
              assertThat(result.embeddings())
                  .hasSize(2)
                  .allSatisfy(embedding -> assertThat(embedding.vector()).hasSize(4));
            });
  }

  @Test
  void takesRowsAsTableProgramsHaveThem() throws Exception {
    var type = InternalTypeInfo.ofFields(new IntType(), new VarCharType(VarCharType.MAX_LENGTH));
    DataStream<RowData> rows =
        streaming()
            .fromData(
                type,
                GenericRowData.of(1, StringData.fromString("the war")),
                GenericRowData.of(2, StringData.fromString("the peace")));

    List<Embedded<RowData>> results =
        StreamEmbedder.<RowData>builder()
            .setModelDirectory(model.path().toString())
            .setText(row -> row.getString(1).toString())
            .build()
            .embed(rows)
            .executeAndCollect(3);

    assertThat(results)
        .extracting(result -> result.input().getInt(0) + " " + result.input().getString(1))
        .containsExactlyInAnyOrder("1 the war", "2 the peace");
    assertThat(results).allSatisfy(result -> assertThat(result.vector()).hasSize(8));
  }

  @Test
  void takesRecordsOfAvro() throws Exception {
    Schema schema =
        SchemaBuilder.record("Article")
            .fields()
            .requiredLong("id")
            .requiredString("body")
            .endRecord();
    DataStream<GenericRecord> articles =
        streaming()
            .fromData(
                new GenericRecordAvroTypeInfo(schema),
                article(schema, 1, "the war"),
                article(schema, 2, " "));
    var failed = new OutputTag<>("failed", Rejected.type(new GenericRecordAvroTypeInfo(schema)));

    var embedded =
        StreamEmbedder.<GenericRecord>builder()
            .setModelDirectory(model.path().toString())
            .setText(article -> article.get("body").toString())
            .setFailures(failed)
            .build()
            .embed(articles);
    DataStream<String> ids =
        embedded
            .map(result -> result.input().get("id") + " " + result.vector().length, Types.STRING)
            .union(
                embedded
                    .getSideOutput(failed)
                    .map(one -> one.input().get("id") + " " + one.reason(), Types.STRING));

    assertThat(ids.executeAndCollect(3)).containsExactlyInAnyOrder("1 8", "2 BLANK");
  }

  private static GenericRecord article(Schema schema, long id, String body) {
    return new GenericRecordBuilder(schema).set("id", id).set("body", body).build();
  }

  @Test
  void severalEmbeddersWorkInOneJob() throws Exception {
    StreamExecutionEnvironment environment = streaming();
    DataStream<Line> lines = environment.fromData(lines(100), Line.TYPE);
    var passages = lineEmbedder().setSessionSharing(SessionSharing.TASK_MANAGER).build();
    var queries =
        lineEmbedder()
            .setSessionSharing(SessionSharing.TASK_MANAGER)
            .setPrompt("query")
            .setDimensions(4)
            .build();

    List<Embedded<Line>> results =
        passages
            .embed(lines)
            .union(queries.embed(lines).uid("embed-queries").name("embed queries"))
            .executeAndCollect(201);

    assertThat(results)
        .extracting(result -> result.prompt() + " " + result.vector().length)
        .hasSize(200)
        .containsOnly("passage 8", "query 4");
  }

  private StreamEmbedderBuilder<Line> lineEmbedder() {
    return StreamEmbedder.<Line>builder()
        .setModelDirectory(model.path().toString())
        .setText(Line::text);
  }

  private static StreamExecutionEnvironment streaming() {
    return environment(new Configuration());
  }

  private static StreamExecutionEnvironment environment(Configuration configuration) {
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    return StreamExecutionEnvironment.createLocalEnvironment(SLOTS, configuration);
  }

  private static List<Line> lines(int count) {
    Random random = new Random(1);
    List<Line> lines = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      StringBuilder text = new StringBuilder("the");
      for (int words = random.nextInt(30); words > 0; words--) {
        text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
      }
      lines.add(new Line(number, text.toString()));
    }
    return lines;
  }
}
