package dev.streambed.operator.stream;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.LocatedModel;
import dev.streambed.operator.OnnxTextEmbedderFactory;
import dev.streambed.operator.SessionSharing;
import dev.streambed.operator.TextEmbedderFactory;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.java.ClosureCleaner;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.datastream.AsyncDataStream.OutputMode;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableFunction;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link StreamEmbedder}. A model and the text of a record are required. All functions
 * travel with the job graph; lambdas will do.
 *
 * @param <T> type of the records
 */
@PublicEvolving
public final class StreamEmbedderBuilder<T> {
  private @Nullable String modelDirectory;
  private @Nullable TextEmbedderFactory embedders;
  private EmbedderOptions options = EmbedderOptions.DEFAULT;
  private SessionSharing sharing = SessionSharing.SLOT;
  private BatchingOptions batching = BatchingOptions.DEFAULT;
  private @Nullable SerializableFunction<T, ? extends @Nullable List<String>> texts;
  private @Nullable SerializableFunction<T, @Nullable String> prompt;
  private @Nullable RecordSize<T> size;
  private MissingText missingText = MissingText.FAIL;
  private @Nullable OutputTag<Rejected<T>> failures;
  private boolean passesFailures;
  private InFlightLimits limits = InFlightLimits.DEFAULT;

  StreamEmbedderBuilder() {}

  /**
   * Embeds with the model of a directory: at a path that is the same where the program is started
   * and on each TaskManager; or at a URI of one of Flink's file systems, such as {@code
   * s3://models/nomic}, from which each TaskManager copies it.
   */
  public StreamEmbedderBuilder<T> setModelDirectory(String directory) {
    this.modelDirectory = directory;
    return this;
  }

  /** Embeds with a {@link TextEmbedder} of the caller, such as a fake one in tests. */
  public StreamEmbedderBuilder<T> setEmbedders(TextEmbedderFactory newEmbedders) {
    this.embedders = sendable("setEmbedders", newEmbedders);
    return this;
  }

  /** Embeds one text per record; null if a record has none. */
  public StreamEmbedderBuilder<T> setText(SerializableFunction<T, @Nullable String> text) {
    SerializableFunction<T, @Nullable String> sent = sendable("setText", text);
    this.texts =
        input -> {
          String found = sent.apply(input);
          return found == null ? null : List.of(found);
        };
    return this;
  }

  /**
   * Embeds several texts per record, all with the prompt of the record; null or empty if it has
   * none. If one is rejected, the record is.
   */
  public StreamEmbedderBuilder<T> setTexts(
      SerializableFunction<T, ? extends @Nullable List<String>> newTexts) {
    this.texts = sendable("setTexts", newTexts);
    return this;
  }

  /**
   * Puts a prompt of the model before each text, by its name; {@value EmbedderOptions#NO_PROMPT} to
   * embed texts as they are. Unless set, {@code passage} where the model has it. A name that the
   * model lacks is refused by {@link #build}, or with {@link #setEmbedders} as soon as the embedder
   * is open, which fails the job.
   */
  public StreamEmbedderBuilder<T> setPrompt(String name) {
    this.options = options.withPrompt(name);
    this.prompt = new FixedPrompt<>(name);
    return this;
  }

  /** The prompt of each record, by its name; a record with one that the model lacks is rejected. */
  public StreamEmbedderBuilder<T> setPrompt(SerializableFunction<T, @Nullable String> name) {
    this.options = options.withPrompt(null);
    this.prompt = sendable("setPrompt", name);
    return this;
  }

  /** Length of the vectors, within the model's range; 0, the default, for the model's own. */
  public StreamEmbedderBuilder<T> setDimensions(int dimensions) {
    this.options = options.withDimensions(dimensions);
    return this;
  }

  /** Sets the device that the model runs on; the CPU unless set (docs/gpu.md). */
  public StreamEmbedderBuilder<T> setDevice(DeviceChoice device) {
    this.options = options.withDevice(device);
    return this;
  }

  /**
   * Who shares the model's session. With {@link SessionSharing#TASK_MANAGER}, embedders of a job
   * that differ only in prompt and dimensions share it, too.
   */
  public StreamEmbedderBuilder<T> setSessionSharing(SessionSharing newSharing) {
    this.sharing = newSharing;
    return this;
  }

  /** How a task slot batches. */
  public StreamEmbedderBuilder<T> setBatching(BatchingOptions newBatching) {
    this.batching = newBatching;
    return this;
  }

  /**
   * Bounds the records in flight in each task slot; past the limit Flink applies back-pressure.
   * Unless set, as many as fill the batches, and an eighth of the heap divided by the slots. A
   * program that embeds twice needs twice the memory.
   *
   * @param records at least 1
   * @param bytes at least 1; a larger record passes alone
   */
  public StreamEmbedderBuilder<T> setMaxInFlight(int records, MemorySize bytes) {
    if (records < 1 || bytes.getBytes() < 1) {
      throw new IllegalArgumentException(
          "Invalid values %d and %s for maxInFlight: must be at least 1 record and 1 byte."
              .formatted(records, bytes));
    }
    this.limits = limits.with(records, bytes.getBytes());
    return this;
  }

  /** How much heap a record takes; unless set, that of its texts. Needed if it holds much else. */
  public StreamEmbedderBuilder<T> setRecordSize(RecordSize<T> newSize) {
    this.size = sendable("setRecordSize", newSize);
    return this;
  }

  /** Where records go whose text cannot be embedded. Unless set, such a record fails the job. */
  public StreamEmbedderBuilder<T> setFailures(OutputTag<Rejected<T>> tag) {
    this.failures = tag;
    return this;
  }

  /**
   * Lets a record whose text cannot be embedded also pass in its place, without embeddings, so that
   * the steps behind can delete what they had of it. It needs {@link #setFailures}.
   */
  public StreamEmbedderBuilder<T> passFailures() {
    this.passesFailures = true;
    return this;
  }

  /** Sets how records without text are treated; unless set, {@link MissingText#FAIL}. */
  public StreamEmbedderBuilder<T> setMissingText(MissingText newMissingText) {
    this.missingText = newMissingText;
    return this;
  }

  /** Emits each record as soon as it is embedded, instead of in the order of the input. */
  public StreamEmbedderBuilder<T> setUnordered() {
    this.limits = limits.withOrder(OutputMode.UNORDERED);
    return this;
  }

  /**
   * Checks everything that can be checked before the job runs.
   *
   * @throws IllegalArgumentException if the model or the text is not set, or what is set does not
   *     fit together
   * @throws dev.streambed.embedder.InvalidModelException if the model cannot be used, has no such
   *     prompt, or no vectors of that length
   */
  public StreamEmbedder<T> build() {
    if (texts == null) {
      throw new IllegalArgumentException("Cannot embed without texts: call setText or setTexts.");
    }
    if (passesFailures && failures == null) {
      throw new IllegalArgumentException(
          "Cannot let failures pass that fail the job: call setFailures.");
    }
    return new StreamEmbedder<>(
        new EmbeddingSettings<>(
            factory(),
            new RecordContent.Extractor<>(texts, prompt, size),
            batching,
            new EmbeddingSettings.Failures<>(missingText, failures, passesFailures),
            limits));
  }

  /** A function that can travel with the job graph, without what it does not use around it. */
  private static <F extends Serializable> F sendable(String setter, F function) {
    requireNonNull(function, () -> "Cannot use null in %s.".formatted(setter));
    ClosureCleaner.clean(
        function, ExecutionConfig.ClosureCleanerLevel.RECURSIVE, /* checkSerializable= */ false);
    try {
      InstantiationUtil.serializeObject(function);
      return function;
    } catch (NotSerializableException e) {
      throw new IllegalArgumentException(
          "Cannot send the function of %s to the tasks: it holds a %s, which is not serializable. Open such things inside it."
              .formatted(setter, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Cannot send the function of %s to the tasks: %s".formatted(setter, e), e);
    }
  }

  private TextEmbedderFactory factory() {
    if ((modelDirectory == null) == (embedders == null)) {
      throw new IllegalArgumentException(
          "Found %s model; expected one: call either setModelDirectory or setEmbedders."
              .formatted(embedders == null ? "no" : "more than one"));
    }
    if (modelDirectory != null) {
      LocatedModel model = LocatedModel.open(modelDirectory);
      OnnxTextEmbedder.checkOptions(model.description(), options);
      return new OnnxTextEmbedderFactory(model.location(), options, model.digest(), sharing);
    }
    EmbedderOptions unset = EmbedderOptions.DEFAULT.withPrompt(options.prompt());
    if (!options.equals(unset) || sharing != SessionSharing.SLOT) {
      throw new IllegalArgumentException(
          "Dimensions, device and session sharing are those of a model directory; with setEmbedders the factory decides them.");
    }
    return requireNonNull(embedders);
  }
}
