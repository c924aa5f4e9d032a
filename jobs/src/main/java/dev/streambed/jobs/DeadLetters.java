package dev.streambed.jobs;

import dev.streambed.embedder.TextRejectedException;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Encodes dead letters, so that their topic takes each. One that is too large loses parts of its
 * record until it fits. One with a timestamp that the topic refuses gets the time of its writing;
 * {@code timestampMillis} holds the record's own. Runs on the task thread.
 */
final class DeadLetters extends ProcessFunction<DeadLetter, OutputRecord> {
  private static final long serialVersionUID = 1L;

  /** Side output of the operators that give up on records. */
  static final OutputTag<DeadLetter> TAG =
      new OutputTag<>("dead-letters", TypeInformation.of(DeadLetter.class));

  /** Length of a message, in characters, if nothing else can be left out. */
  private static final int SHORT_MESSAGE = 1000;

  private final SerializableSupplier<TopicLimits> topic;
  private final OutputHeaders headers;
  private transient @Nullable TopicLimits limits;
  private transient @Nullable JobMetrics metrics;

  /**
   * Encodes for one sink.
   *
   * @param topic the limits of the sink topic, asked for once per task
   */
  DeadLetters(SerializableSupplier<TopicLimits> topic, OutputHeaders headers) {
    this.topic = topic;
    this.headers = headers;
  }

  /** The dead letter of a record whose text was rejected. */
  static DeadLetter of(Rejected<InputRecord> rejected) {
    return new DeadLetter(
        Stage.EMBED,
        rejected.reason().name(),
        rejected.message() + advice(rejected.reason()),
        rejected.input().source(),
        List.of());
  }

  /** Advice about a text, as the embedder knows no options. */
  private static String advice(TextRejectedException.Reason reason) {
    return switch (reason) {
      case BLANK -> " Nothing is to be done, unless streambed.source.text names the wrong field.";
      case TOO_LONG -> " Cut texts before the topic, or raise streambed.model.max-characters.";
      case TOO_MANY_TOKENS ->
          " Cut texts before the topic, or let the job do it: streambed.chunking.mode: split.";
      case UNKNOWN_PROMPT -> " Correct it in the record, or let streambed.source.prompt be absent.";
      case INVALID_UNICODE -> " Correct the producer, which cuts texts inside of a character.";
      case INFERENCE_FAILED -> " Report it, with the model.";
    };
  }

  @Override
  public void open(OpenContext context) {
    limits = topic.get();
    metrics = new JobMetrics(getRuntimeContext().getMetricGroup());
  }

  @Override
  public void processElement(DeadLetter letter, Context context, Collector<OutputRecord> out) {
    JobMetrics counters = Objects.requireNonNull(metrics);
    counters.deadLetter(letter.stage(), letter.reason());
    TopicLimits topicLimits = Objects.requireNonNull(limits);
    OutputRecord encoded = encode(letter);
    if (!topicLimits.takesSizeOf(encoded)) {
      counters.shortened();
      encoded = encodeShortened(letter, topicLimits);
    }
    long now = context.timerService().currentProcessingTime();
    out.collect(acceptable(encoded, letter, topicLimits, now));
  }

  private OutputRecord encodeShortened(DeadLetter letter, TopicLimits limits) {
    DeadLetter shorter = letter;
    OutputRecord encoded = encode(letter);
    for (Part part : Part.values()) {
      if (limits.takesSizeOf(encoded)) {
        return encoded;
      }
      shorter = shorter.without(part);
      encoded = encode(shorter);
    }
    return limits.takesSizeOf(encoded) ? encoded : encode(withShortMessage(shorter));
  }

  private static DeadLetter withShortMessage(DeadLetter letter) {
    String message = letter.message();
    return new DeadLetter(
        letter.stage(),
        letter.reason(),
        message.substring(0, Math.min(message.length(), SHORT_MESSAGE)),
        letter.record(),
        letter.omissions());
  }

  private static OutputRecord acceptable(
      OutputRecord encoded, DeadLetter letter, TopicLimits limits, long nowMillis) {
    boolean takesTimestamp = limits.takesTimestamp(encoded.timestampMillis(), nowMillis);
    boolean lacksKey = limits.requiresKey() && encoded.key() == null;
    if (takesTimestamp && !lacksKey) {
      return encoded;
    }
    return new OutputRecord(
        lacksKey
            ? letter.record().position().toString().getBytes(StandardCharsets.UTF_8)
            : encoded.key(),
        encoded.value(),
        encoded.headers(),
        takesTimestamp ? encoded.timestampMillis() : OutputRecord.NO_TIMESTAMP,
        encoded.source());
  }

  private OutputRecord encode(DeadLetter letter) {
    return OutputRecord.of(letter.record(), DeadLetterCodec.encodeJson(letter), headers);
  }
}
