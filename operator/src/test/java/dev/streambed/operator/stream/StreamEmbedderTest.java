package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.operator.BatchingOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The decisions of a caller of the builder, in a running operator. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class StreamEmbedderTest {
  private final ManualTextEmbedder embedder = new ManualTextEmbedder();

  @Test
  void aRejectedTextFailsTheJobWithoutATagAndTheRecordIsNotInTheMessage() throws Exception {
    try (var harness = open(withCallers().setText(Line::text))) {
      harness.processElement(new Line(4711, ManualTextEmbedder.REJECTED), 0);

      assertThatThrownBy(harness::endInput)
          .hasStackTraceContaining(
              "Cannot embed a record (BLANK): rejected by the test To go on without such records, give")
          .satisfies(StreamEmbedderTest::hidesTheRecord);
    }
  }

  private static void hidesTheRecord(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      assertThat(String.valueOf(cause.getMessage())).doesNotContain("4711");
    }
  }

  @Test
  void aRecordWithoutTextFailsTheJobUnlessTheCallerDecidesOtherwise() throws Exception {
    try (var harness = open(withCallers().setText(Line::text))) {
      harness.processElement(new Line(1, null), 0);

      assertThatThrownBy(harness::endInput).rootCause().hasMessage("The record has no text.");
    }
  }

  @Test
  void aRecordWithoutTextIsAFailureIfThereIsATag() throws Exception {
    try (var harness = open(withCallers().setText(Line::text).setFailures(Line.FAILED))) {
      harness.processElement(new Line(1, null), 0);
      harness.endInput();

      assertThat(rejected(harness))
          .containsExactly(
              new Rejected<>(new Line(1, null), Reason.BLANK, "The record has no text."));
    }
  }

  @Test
  void aRecordWithoutTextIsSkippedOnDemand() throws Exception {
    try (var harness = open(withCallers().setText(Line::text).setMissingText(MissingText.SKIP))) {
      harness.processElement(new Line(1, null), 0);
      harness.processElement(new Line(2, "a"), 0);
      embedder.nextBatch().finish();
      harness.endInput();

      assertThat(numbers(harness)).containsExactly(2);
    }
  }

  @Test
  void aFailureAlsoPassesInItsPlaceOnDemand() throws Exception {
    var builder = withCallers().setText(Line::text).setFailures(Line.FAILED).passFailures();
    try (var harness = open(builder)) {
      Thread finisher = EmbeddingHarness.finishAll(embedder);
      harness.processElement(new Line(1, "before"), 0);
      harness.processElement(new Line(2, ManualTextEmbedder.REJECTED), 0);
      harness.processElement(new Line(3, null), 0);
      harness.processElement(new Line(4, "after"), 0);
      harness.endInput();
      finisher.interrupt();
      finisher.join();

      assertThat(numbers(harness)).containsExactly(1, 2, 3, 4);
      assertThat(harness.extractOutputValues())
          .extracting(Embedded::isEmbedded)
          .containsExactly(true, false, false, true);
      assertThat(rejected(harness))
          .extracting(rejected -> rejected.input().number())
          .containsExactly(2, 3);
    }
  }

  @Test
  void failuresThatFailTheJobCannotPass() {
    assertThatThrownBy(() -> withCallers().setText(Line::text).passFailures().build())
        .hasMessageContaining("call setFailures");
  }

  @Test
  void aRecordHasAnEmbeddingForEachOfItsTexts() throws Exception {
    try (var harness = open(withCallers().setTexts(line -> List.of("first", "second")))) {
      Thread finisher = EmbeddingHarness.finishAll(embedder);
      harness.processElement(new Line(1, null), 0);
      harness.endInput();
      finisher.interrupt();
      finisher.join();

      Embedded<Line> embedded = harness.extractOutputValues().get(0);
      assertThat(embedded.embeddings())
          .extracting(embedding -> embedding.vector()[1])
          .containsExactly(5f, 6f);
      assertThatThrownBy(embedded::vector).hasMessageStartingWith("The record has 2 embeddings");
    }
  }

  @Test
  void aRecordIsRejectedIfOneOfItsTextsIs() throws Exception {
    var builder =
        withCallers()
            .setTexts(line -> List.of("fine", ManualTextEmbedder.REJECTED))
            .setFailures(Line.FAILED);
    try (var harness = open(builder)) {
      Thread finisher = EmbeddingHarness.finishAll(embedder);
      harness.processElement(new Line(1, null), 0);
      harness.endInput();
      finisher.interrupt();
      finisher.join();

      assertThat(rejected(harness))
          .extracting(Rejected::message)
          .containsExactly("Text 2 of 2: rejected by the test");
    }
  }

  @Test
  void saysWithWhichModelAndPromptATextWasEmbedded() throws Exception {
    try (var harness =
        open(withCallers().setText(Line::text).setPrompt(line -> "prompt " + line.number()))) {
      harness.processElement(new Line(7, "a"), 0);
      embedder.nextBatch().finish();
      harness.endInput();

      Embedded<Line> embedded = harness.extractOutputValues().get(0);
      assertThat(embedded.prompt()).isEqualTo("prompt 7");
      assertThat(embedded.model()).isEqualTo("manual");
      assertThat(embedded.modelDigest()).isEqualTo("manual");
    }
  }

  @Test
  void emitsWhatIsReadyFirstIfOrderDoesNotMatter() throws Exception {
    var builder =
        withCallers().setText(Line::text).setUnordered().setBatching(new BatchingOptions(1, 8, 2));
    try (var harness = open(builder)) {
      harness.processElement(new Line(1, "a"), 0);
      StartedBatch first = embedder.nextBatch();
      harness.processElement(new Line(2, "b"), 0);
      embedder.nextBatch().finish();
      harness.getTaskMailbox().take(0).run();
      assertThat(numbers(harness)).containsExactly(2);

      first.finish();
      harness.endInput();
      assertThat(numbers(harness)).containsExactly(2, 1);
    }
  }

  @Test
  void holdsNoMoreRecordsThanItIsTold() throws Exception {
    var builder = withCallers().setText(Line::text).setMaxInFlight(1, MemorySize.ofMebiBytes(1));
    try (var harness = open(builder)) {
      harness.processElement(new Line(1, "a"), 0);
      StartedBatch first = embedder.nextBatch();
      Thread.currentThread().interrupt(); // it would wait for the first

      assertThatThrownBy(() -> harness.processElement(new Line(2, "b"), 0))
          .isInstanceOf(InterruptedException.class);

      first.finish();
      harness.endInput();
      assertThat(numbers(harness)).containsExactly(1);
    }
  }

  @Test
  void asksForTheTextOfARecordOnce() throws Exception {
    List<Integer> asked = ASKED;
    asked.clear();
    try (var harness = open(withCallers().setText(StreamEmbedderTest::countedText))) {
      harness.processElement(new Line(1, "a"), 0);
      embedder.nextBatch().finish();
      harness.endInput();

      assertThat(asked).containsExactly(1);
    }
  }

  private static final List<Integer> ASKED = new ArrayList<>();

  private static @Nullable String countedText(Line line) {
    ASKED.add(line.number());
    return line.text();
  }

  private StreamEmbedderBuilder<Line> withCallers() {
    return StreamEmbedder.<Line>builder()
        .setText(Line::text)
        .setBatching(new BatchingOptions(8, 100, 1))
        .setEmbedders(new EmbeddingHarness.Registered(embedder));
  }

  private static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> open(
      StreamEmbedderBuilder<Line> builder) throws Exception {
    var harness = EmbeddingHarness.of(builder);
    harness.open();
    return harness;
  }

  private static List<Integer> numbers(
      OneInputStreamOperatorTestHarness<Line, Embedded<Line>> harness) {
    return harness.extractOutputValues().stream().map(result -> result.input().number()).toList();
  }

  private static List<Rejected<Line>> rejected(
      OneInputStreamOperatorTestHarness<Line, Embedded<Line>> harness) {
    List<Rejected<Line>> rejected = new ArrayList<>();
    harness.getSideOutput(Line.FAILED).forEach(record -> rejected.add(record.getValue()));
    return rejected;
  }
}
