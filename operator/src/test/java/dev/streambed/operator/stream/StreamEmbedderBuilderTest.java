package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.operator.BatchingOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checks of the builder. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class StreamEmbedderBuilderTest {
  private static final String TINY = TinyModelDirectory.path().toString();

  @Test
  void refusesAPromptThatTheModelLacksBeforeTheJobRuns() {
    var builder = onModel().setPrompt("passages");

    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no prompt 'passages'; it has passage, query, none.");
  }

  @Test
  void refusesDimensionsThatTheModelLacksBeforeTheJobRuns() {
    assertThatThrownBy(onModel().setDimensions(9)::build)
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Model tiny has no vectors of 9 dimensions; it has ");
  }

  @Test
  void refusesToEmbedWithoutAText() {
    assertThatThrownBy(StreamEmbedder.<Line>builder().setModelDirectory(TINY)::build)
        .hasMessage("Cannot embed without texts: call setText or setTexts.");
  }

  @Test
  void refusesNoModelAndTwo() {
    assertThatThrownBy(StreamEmbedder.<Line>builder().setText(Line::text)::build)
        .hasMessage("Found no model; expected one: call either setModelDirectory or setEmbedders.");
    assertThatThrownBy(onModel().setEmbedders(gpu -> new ManualTextEmbedder())::build)
        .hasMessageStartingWith("Found more than one model; expected one: ");
  }

  @Test
  void refusesDimensionsOfAnEmbedderOfTheCaller() {
    assertThatThrownBy(
            StreamEmbedder.<Line>builder()
                    .setText(Line::text)
                    .setEmbedders(gpu -> new ManualTextEmbedder())
                    .setDimensions(8)
                ::build)
        .hasMessageStartingWith("Dimensions, device and session sharing are those of a model");
  }

  @Test
  void saysWhichFunctionCannotTravelWithTheJob() {
    Object open = new Object();

    assertThatThrownBy(() -> onModel().setPrompt(line -> open.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot send the function of setPrompt to the tasks: it holds a java.lang.Object, which is"
                + " not serializable. Open such things inside it.");
    assertThatThrownBy(() -> onModel().setText(line -> line.text() + open))
        .hasMessageContaining("function of setText ");
    assertThatThrownBy(() -> onModel().setEmbedders(gpu -> failing(open)))
        .hasMessageContaining("function of setEmbedders ");
  }

  private static TextEmbedder failing(Object reason) {
    throw new IllegalStateException("No embedder: " + reason);
  }

  @Test
  void anEmbedderOfTheCallerMustHaveThePromptOfAllRecords() throws Exception {
    var builder = withModelOfTheCaller().setFailures(Line.FAILED).setPrompt("passages");

    try (var harness = EmbeddingHarness.of(builder)) {
      assertThatThrownBy(harness::open)
          .isInstanceOf(InvalidModelException.class)
          .hasMessageStartingWith("Cannot use prompt 'passages' for all records: The model has no");
    }
  }

  @Test
  void anEmbedderOfTheCallerMayHaveThePromptOfAllRecords() throws Exception {
    try (var harness = EmbeddingHarness.of(withModelOfTheCaller().setPrompt("query"))) {
      harness.open();
      harness.processElement(new Line(1, "the dog"), 0);
      harness.endInput();

      assertThat(harness.extractOutputValues())
          .extracting(Embedded::prompt)
          .containsExactly("query");
    }
  }

  private static StreamEmbedderBuilder<Line> withModelOfTheCaller() {
    return StreamEmbedder.<Line>builder()
        .setText(Line::text)
        .setBatching(new BatchingOptions(8, 100, 1))
        .setEmbedders(
            gpu ->
                OnnxTextEmbedder.open(
                    ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT));
  }

  @Test
  void refusesToHoldNothing() {
    assertThatThrownBy(() -> onModel().setMaxInFlight(0, MemorySize.ofMebiBytes(1)))
        .hasMessage(
            "Invalid values 0 and 1 mb for maxInFlight: must be at least 1 record and 1 byte.");
  }

  @Test
  void refusesTwoEmbeddersOfOneUid() {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    DataStream<Line> lines = environment.fromData(Line.TYPE, new Line(0, "a"));
    StreamEmbedder<Line> any =
        StreamEmbedder.<Line>builder()
            .setText(Line::text)
            .setEmbedders(gpu -> new ManualTextEmbedder())
            .build();
    any.embed(lines).union(any.embed(lines)).sinkTo(new DiscardingSink<>());

    assertThatThrownBy(() -> environment.getStreamGraph().getJobGraph())
        .hasMessageContaining("Hash collision on user-specified ID \"embed\"");
  }

  private static StreamEmbedderBuilder<Line> onModel() {
    return StreamEmbedder.<Line>builder().setModelDirectory(TINY).setText(Line::text);
  }
}
