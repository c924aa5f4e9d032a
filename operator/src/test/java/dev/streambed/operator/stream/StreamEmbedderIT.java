package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The function with the real tokeniser and the real ONNX Runtime in a mini-cluster. */
class EmbeddingFunctionIT {
  private static final int SLOTS = 2;
  private static final List<String> WORDS = List.of("the", "people", "world", "of", "war", "peace");

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void embedsAStreamBitForBitAsTheEmbedderAlone() throws Exception {
    List<Line> lines = lines(2000);

    List<Enriched<Line>> results = embed(lines, null);

    assertThat(results).hasSize(lines.size());
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (Enriched<Line> result : results) {
        Embedding alone =
            embedder
                .embed(List.of(embedder.tokenise(String.valueOf(result.input().text()), null)))
                .get(0);
        assertThat(result.vector()).as("%s", result.input()).isEqualTo(alone.vector());
        assertThat(result.tokens()).isEqualTo(alone.tokens());
        assertThat(result.truncated()).isEqualTo(alone.truncated());
      }
    }
  }

  @Test
  void splitsRejectedTextsOff() throws Exception {
    List<Line> lines = List.of(new Line(0, "the world"), new Line(1, " "), new Line(2, "peace"));
    OutputTag<Enriched<Line>> failures = new OutputTag<>("failures", Line.ENRICHED_TYPE);

    assertThat(embed(lines, null))
        .extracting(Enriched::isFailed)
        .containsExactly(false, true, false);
    assertThat(embed(lines, failures))
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.input().number()).isEqualTo(1);
              assertThat(failed.failureReason()).isEqualTo("BLANK");
            });
  }

  /** All results by number, or only those of the side output if one is given. */
  private List<Enriched<Line>> embed(List<Line> lines, @Nullable OutputTag<Enriched<Line>> side)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    var environment = StreamExecutionEnvironment.createLocalEnvironment(SLOTS, configuration);
    DataStream<Line> input = environment.fromData(lines, Line.TYPE).rebalance();
    var embedded =
        EmbeddingFunction.embed(
            input,
            new OnnxTextEmbedderFactory(
                model.path().toString(), EmbedderOptions.DEFAULT, model.digest()),
            new Line.Extractor(),
            BatchingOptions.DEFAULT,
            Line.ENRICHED_TYPE);
    DataStream<Enriched<Line>> results =
        side == null
            ? embedded
            : embedded
                .process(new FailureSplitter<>(side))
                .returns(Line.ENRICHED_TYPE)
                .getSideOutput(side);
    List<Enriched<Line>> collected = new ArrayList<>(results.executeAndCollect(lines.size() + 1));
    collected.sort(Comparator.comparingInt(result -> result.input().number()));
    return collected;
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
