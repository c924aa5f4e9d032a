package dev.streambed.embedder.onnx;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The embedder of a model directory: prompt, tokenise, infer, truncate, normalise. Thread-safe. The
 * one that was opened owns the tokeniser and the session; its leases use them.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class OnnxTextEmbedder implements TextEmbedder {
  private final ModelDirectory model;
  private final TextTokenizer tokenizer;
  private final OnnxSession session;
  private final Device device;
  private final UnitVectors vectors;
  private final Prompts prompts;
  private final ConcurrentLinkedQueue<RunBuffers> idleBuffers;
  private final Termination termination;
  private final boolean owner;

  private OnnxTextEmbedder(
      ModelDirectory model,
      EmbedderOptions options,
      TextTokenizer tokenizer,
      OnnxSession session,
      Device device) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.session = session;
    this.device = device;
    this.vectors = new UnitVectors(model.description(), options, tokenizer.unknownToken());
    this.prompts = new Prompts(model, options, tokenizer);
    this.idleBuffers = new ConcurrentLinkedQueue<>();
    this.termination = session.termination();
    this.owner = true;
  }

  /** A lease. */
  private OnnxTextEmbedder(OnnxTextEmbedder leased, UnitVectors vectors, Prompts prompts) {
    this.model = leased.model;
    this.tokenizer = leased.tokenizer;
    this.session = leased.session;
    this.device = leased.device;
    this.vectors = vectors;
    this.prompts = prompts;
    this.idleBuffers = leased.idleBuffers;
    this.termination = leased.termination.child();
    this.owner = false;
  }

  /**
   * Opens a model directory, checks everything that can be checked, and warms it up.
   *
   * @throws InvalidModelException if the directory cannot be used with these options
   */
  public static OnnxTextEmbedder open(ModelDirectory model, EmbedderOptions options) {
    checkOptions(model.description(), options);
    LoadingTokenizer tokenizer = LoadingTokenizer.start(model);
    try {
      return open(model, options, tokenizer);
    } catch (RuntimeException | Error e) { // a native library that does not load is an Error
      closeBoth(null, tokenizer.awaitIfItLoads(), e);
      throw e;
    }
  }

  private static OnnxTextEmbedder open(
      ModelDirectory model, EmbedderOptions options, LoadingTokenizer tokenizer) {
    DeviceChoice choice = options.device();
    if (choice.kind() == DeviceChoice.Kind.CPU) {
      return open(model, options, tokenizer, Device.CPU);
    }
    try {
      return open(model, options, tokenizer, choice.preferredGpu());
    } catch (InvalidModelException e) {
      if (choice.kind() == DeviceChoice.Kind.CUDA) {
        throw e;
      }
      return open(model, options, tokenizer, Device.cpuBecause(String.valueOf(e.getMessage())));
    }
  }

  private static OnnxTextEmbedder open(
      ModelDirectory model, EmbedderOptions options, LoadingTokenizer tokenizer, Device device) {
    OnnxSession session = OnnxSession.open(model, options.intraOpThreads(), device);
    try {
      GraphContract.check(model.description(), session);
      OnnxTextEmbedder embedder =
          new OnnxTextEmbedder(model, options, tokenizer.await(), session, device);
      embedder.warmUp();
      return embedder;
    } catch (RuntimeException | Error e) {
      closeBoth(session, null, e);
      throw e;
    }
  }

  /**
   * Checks the options against a model without loading it.
   *
   * @throws InvalidModelException if the model has no such prompt, or no vectors of that length, or
   *     a GPU is demanded of a build without GPU support
   */
  public static void checkOptions(ModelDescription description, EmbedderOptions options) {
    UnitVectors.check(description, options);
    Prompts.check(description, options);
    if (options.device().kind() == DeviceChoice.Kind.CUDA) {
      OnnxLoader.checkGpuSupport(options.device());
    }
  }

  /** Name of the prompt for texts that name none. */
  public static String defaultPrompt(ModelDescription description, EmbedderOptions options) {
    return Prompts.defaultName(description, options);
  }

  /** The spaces of the vectors of a text, in the order of the options' dimensions. */
  public static List<VectorSpace> spaces(ModelDescription description, EmbedderOptions options) {
    return UnitVectors.spaces(description, options);
  }

  /** Length of the vectors; if there are several, of the first. */
  public int dimensions() {
    return vectors.first();
  }

  /** The space of the vectors; if there are several, of the first. */
  public VectorSpace space() {
    return model.description().space(dimensions());
  }

  public ModelDirectory model() {
    return model;
  }

  @Override
  public String promptName(@Nullable String promptName) {
    return prompts.name(promptName);
  }

  @Override
  public boolean hasSignedWeights() {
    return device.isCpu() && OnnxLoader.byteProducts().areSigned();
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public TokenLayout layout() {
    TokenLayout layout = model.description().layout();
    return layout == null ? TokenLayout.PADDED : layout;
  }

  @Override
  public String modelName() {
    return model.description().name();
  }

  @Override
  public String modelDigest() {
    return model.digest();
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return prompts.tokenise(text, promptName);
  }

  @Override
  public TokenCounter tokenCounter(@Nullable String promptName) {
    return prompts.counter(promptName);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    if (batch.isEmpty()) {
      return List.of();
    }
    RunBuffers idle = idleBuffers.poll();
    RunBuffers buffers = idle == null ? new RunBuffers() : idle;
    int hidden = model.description().hiddenSize();
    FloatBuffer pooled = buffers.fill(batch, hidden);
    session.run(buffers.tokens(), model.description().output(), pooled, hidden, termination);
    List<Embedding> embeddings = new ArrayList<>(batch.size());
    for (int row = 0; row < batch.size(); row++) {
      embeddings.add(vectors.embedding(pooled, row * hidden, batch.get(row)));
    }
    idleBuffers.add(buffers); // not after a failure, which may have left anything behind
    return embeddings;
  }

  @Override
  public void probe() {
    embed(List.of(prompts.knownGood()));
  }

  @Override
  public void probe(int tokens) {
    embed(List.of(prompts.knownGood(tokens)));
  }

  @Override
  public void terminate() {
    termination.end();
  }

  @Override
  public OnnxTextEmbedder lease() {
    return new OnnxTextEmbedder(this, vectors, prompts);
  }

  /**
   * A lease that uses the same session in another way.
   *
   * @param options with its own dimensions, prompt and longest text; device and threads are those
   *     of this embedder
   * @throws InvalidModelException if the model has no such prompt, or no vectors of that length
   */
  public OnnxTextEmbedder lease(EmbedderOptions options) {
    // The device is in use already.
    checkOptions(model.description(), options.withDevice(DeviceChoice.CPU));
    return new OnnxTextEmbedder(
        this,
        new UnitVectors(model.description(), options, tokenizer.unknownToken()),
        new Prompts(model, options, tokenizer));
  }

  /**
   * A lease as above, whose embeddings have what the graph returned, whole and not scaled. {@link
   * #unitVector} makes a vector of any length of it: the same bits as an embedder of that length.
   */
  public OnnxTextEmbedder leasePooled(EmbedderOptions options) {
    var pooled = UnitVectors.pooled(model.description(), tokenizer.unknownToken());
    return new OnnxTextEmbedder(this, pooled, lease(options).prompts);
  }

  /** The first components of a pooled vector, scaled to norm 1. */
  public static float[] unitVector(float[] pooled, int length) {
    return UnitVectors.vector(FloatBuffer.wrap(pooled), 0, length);
  }

  @Override
  public void close() {
    if (!owner) {
      terminate();
      return;
    }
    RuntimeException failure = new InferenceException("Cannot close the embedder.");
    closeBoth(session, tokenizer, failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }

  /** Runs a short and the longest text, so that the arena has its size before the first record. */
  private void warmUp() {
    try {
      probe();
      embed(List.of(prompts.longestKnownGood()));
    } catch (InferenceException e) {
      throw new InvalidModelException(
          "Model directory %s fails on its first texts: %s".formatted(model.path(), e.getMessage()),
          e);
    }
  }

  private static void closeBoth(
      @Nullable OnnxSession session, @Nullable TextTokenizer tokenizer, Throwable failure) {
    try (tokenizer;
        session) {
      // both are closed, the session first
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
