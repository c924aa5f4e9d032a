package dev.streambed.embedder.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDirectory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A graph loaded into ONNX Runtime; the only class that knows that library. Owns the native
 * session, its options and the options of each run. Thread-safe: runs may overlap; {@link #close}
 * terminates those that go on.
 */
public final class OnnxSession implements AutoCloseable {
  private static final String EXTERNAL_DATA_DIRECTORY =
      "session.model_external_initializers_file_folder_path";
  private static final String EXACT_BYTE_PRODUCTS = "session.x64quantprecision";

  private final OrtEnvironment environment;
  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final Termination runs = new Termination();
  private final AtomicBoolean closed = new AtomicBoolean();

  private OnnxSession(
      OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session) {
    this.environment = environment;
    this.options = options;
    this.session = session;
  }

  /**
   * Loads the graph of a model directory, to run on the CPU.
   *
   * @param intraOpThreads threads of one run
   * @throws InvalidModelException if ONNX Runtime refuses the graph
   */
  public static OnnxSession open(ModelDirectory model, int intraOpThreads) {
    return open(model, intraOpThreads, Device.CPU);
  }

  /**
   * Loads the graph of a model directory.
   *
   * @param intraOpThreads threads of one run
   * @throws InvalidModelException if ONNX Runtime refuses the graph, or cannot use the device
   */
  static OnnxSession open(ModelDirectory model, int intraOpThreads, Device device) {
    return open(
        model,
        options -> {
          options.setIntraOpNumThreads(intraOpThreads);
          addDevice(options, device);
        });
  }

  /**
   * Loads a graph from memory, to run on the CPU.
   *
   * @param externalDataDirectory where its external weights lie; null if it has none
   * @param intraOpThreads threads of one run
   * @throws InvalidModelException if ONNX Runtime refuses the graph
   */
  public static OnnxSession open(
      byte[] graph, @Nullable Path externalDataDirectory, int intraOpThreads) {
    return open(
        "from memory",
        externalDataDirectory,
        options -> options.setIntraOpNumThreads(intraOpThreads),
        (environment, options) -> environment.createSession(graph, options));
  }

  /**
   * Loads a graph, runs a batch under ONNX Runtime's profiler, and unloads it.
   *
   * @param prefix where the profile is to lie, and how its name starts
   * @return the profile, in Chrome's trace format
   * @throws InvalidModelException if ONNX Runtime refuses the graph, or cannot use the device
   */
  static Path profile(ModelDirectory model, Device device, TokenBatch batch, Path prefix) {
    try (OnnxSession opened =
        open(
            model,
            options -> {
              addDevice(options, device);
              options.enableProfiling(prefix.toString());
            })) {
      opened.run(batch, model.description().output());
      return Path.of(opened.session.endProfiling());
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime wrote no profile: " + e.getMessage(), e);
    }
  }

  private static OnnxSession open(ModelDirectory model, Setup setup) {
    ExternalData externalData = model.description().externalData();
    Path directory =
        externalData == null ? null : Path.of(externalData.path()).toAbsolutePath().getParent();
    Path graph = model.graphFile();
    return open(
        graph.toString(),
        directory,
        setup,
        (environment, options) -> environment.createSession(graph.toString(), options));
  }

  private static OnnxSession open(
      String name, @Nullable Path externalDataDirectory, Setup setup, Loader loader) {
    OnnxSession opened = null;
    OnnxShutdownHook.sessionOpens();
    try {
      opened = load(name, externalDataDirectory, setup, loader);
      return opened;
    } finally {
      if (opened == null) {
        OnnxShutdownHook.sessionClosed();
      }
    }
  }

  private static OnnxSession load(
      String name, @Nullable Path externalDataDirectory, Setup setup, Loader loader) {
    OrtSession.SessionOptions options = null;
    OrtSession session = null;
    try {
      OrtEnvironment environment = environment();
      options = new OrtSession.SessionOptions();
      options.setInterOpNumThreads(1);
      // A spinning thread takes the core from the other workers and from Flink.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      // Without VNNI, products of unsigned and signed bytes overflow: exact ones instead, there.
      options.addConfigEntry(EXACT_BYTE_PRODUCTS, "1");
      if (externalDataDirectory != null) {
        options.addConfigEntry(EXTERNAL_DATA_DIRECTORY, externalDataDirectory.toString());
      }
      setup.apply(options);
      session = loader.load(environment, options);
      return new OnnxSession(environment, options, session);
    } catch (OrtException e) {
      InvalidModelException failure =
          new InvalidModelException(
              "ONNX Runtime cannot load the graph %s: %s".formatted(name, e.getMessage()), e);
      closeAll(failure, session, options);
      throw failure;
    } catch (InvalidModelException e) {
      closeAll(e, session, options);
      throw e;
    }
  }

  private static OrtEnvironment environment() {
    // ONNX Runtime logs each failure that it also throws, so only fatal ones are logged.
    return NativeLibraries.use(
        "ONNX Runtime",
        () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "streambed"));
  }

  /**
   * Checks that ONNX Runtime was built for GPUs; only opening a session shows whether there is one.
   *
   * @param device the device that was asked for
   * @throws InvalidModelException if it was not
   */
  static void checkGpuSupport(DeviceChoice device) {
    environment();
    // Lists the providers that were compiled in, whatever the machine has.
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw new InvalidModelException(
          "Cannot run on %s: this build of Streambed has no GPU support. Build it with: mvn package -Pgpu (docs/gpu.md)."
              .formatted(device));
    }
  }

  private static void addDevice(OrtSession.SessionOptions options, Device device)
      throws OrtException {
    if (device.isCpu()) {
      return;
    }
    checkGpuSupport(DeviceChoice.CUDA.on(device.gpu()));
    // addCUDA(int) would not say which library is missing.
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.gpu())) {
      options.addCUDA(cuda);
    } catch (OrtException e) {
      throw new InvalidModelException(
          "Cannot run on %s: %s. It needs the driver of an NVIDIA GPU and the libraries of CUDA 12 (docs/gpu.md)."
              .formatted(device, String.valueOf(e.getMessage()).strip()),
          e);
    }
  }

  /** Names of the graph's inputs. */
  public Set<String> inputNames() {
    return session.getInputNames();
  }

  /**
   * Type and shape of an input or output, as in {@code FLOAT [-1, 384]} (-1: any length); empty if
   * there is none of that name.
   */
  public String signatureOf(String name) {
    try {
      Map<String, NodeInfo> nodes = new HashMap<>(session.getInputInfo());
      nodes.putAll(session.getOutputInfo());
      NodeInfo node = nodes.get(name);
      if (node == null || !(node.getInfo() instanceof TensorInfo tensor)) {
        return "";
      }
      return tensor.type + " " + java.util.Arrays.toString(tensor.getShape());
    } catch (OrtException e) {
      throw new InvalidModelException(
          "ONNX Runtime cannot describe %s of the graph: %s".formatted(name, e.getMessage()), e);
    }
  }

  /**
   * Runs the graph and returns a copy of an output.
   *
   * @param output name of a float output
   * @throws InferenceException if the run fails or was terminated
   */
  public FloatTensor run(TokenBatch batch, String output) {
    return run(
        batch,
        runs,
        (inputs, runOptions) -> {
          try (OrtSession.Result result = session.run(inputs, Set.of(output), runOptions)) {
            OnnxTensor tensor = (OnnxTensor) result.get(0);
            FloatBuffer values = tensor.getFloatBuffer();
            if (values == null) {
              throw new InferenceException(
                  "Output '%s' holds %s, not floats.".formatted(output, tensor.getInfo().type));
            }
            float[] copy = new float[values.remaining()];
            values.get(copy);
            return new FloatTensor(copy, tensor.getInfo().getShape());
          }
        });
  }

  /**
   * Runs the graph and lets it write an output into the caller's memory.
   *
   * @param output name of a float output of shape [rows of the batch, columns]
   * @param destination direct, in native byte order, with exactly that many floats remaining
   * @param termination from {@link #termination}, or a child of one
   * @throws InferenceException if the run fails, was terminated, or makes another shape
   */
  void run(
      TokenBatch batch,
      String output,
      FloatBuffer destination,
      int columns,
      Termination termination) {
    long[] shape = {batch.rows(), columns};
    run(
        batch,
        termination,
        (inputs, runOptions) -> {
          try (OnnxTensor pinned = OnnxTensor.createTensor(environment, destination, shape)) {
            session.run(inputs, Set.of(), Map.of(output, pinned), runOptions).close();
          }
          return destination;
        });
  }

  private <T> T run(TokenBatch batch, Termination termination, Run<T> run) {
    long[] shape = {batch.rows(), batch.columns()};
    try (OrtSession.RunOptions runOptions = new OrtSession.RunOptions();
        OnnxTensor inputIds = OnnxTensor.createTensor(environment, batch.inputIds(), shape);
        OnnxTensor attentionMask =
            OnnxTensor.createTensor(environment, batch.attentionMask(), shape)) {
      Termination.Run running = () -> terminate(runOptions);
      termination.begin(running);
      try {
        return run.apply(
            Map.of("input_ids", inputIds, "attention_mask", attentionMask), runOptions);
      } finally {
        termination.finish(running);
      }
    } catch (OrtException e) {
      throw new InferenceException(
          "ONNX Runtime failed on a batch of %d texts padded to %d tokens: %s"
              .formatted(batch.rows(), batch.columns(), e.getMessage()),
          e);
    }
  }

  /** Ends the runs of one user of this session, and of nobody else. */
  Termination termination() {
    return runs.child();
  }

  private static void terminate(OrtSession.RunOptions runOptions) {
    try {
      runOptions.setTerminate(true);
    } catch (OrtException e) {
      throw new InferenceException(
          "ONNX Runtime cannot terminate its runs: %s".formatted(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return; // ONNX Runtime throws when closed twice
    }
    runs.endAndAwait(); // memory that a run uses must not be freed
    InferenceException failure = new InferenceException("Cannot close the ONNX session.");
    closeAll(failure, session, options);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
    OnnxShutdownHook.sessionClosed();
  }

  private static void closeAll(RuntimeException failure, @Nullable AutoCloseable... resources) {
    for (AutoCloseable resource : resources) {
      if (resource != null) {
        try {
          resource.close();
        } catch (Exception e) {
          failure.addSuppressed(e);
        }
      }
    }
  }

  private interface Run<T> {
    T apply(Map<String, OnnxTensor> inputs, OrtSession.RunOptions runOptions) throws OrtException;
  }

  private interface Setup {
    void apply(OrtSession.SessionOptions options) throws OrtException;
  }

  private interface Loader {
    OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;
  }
}
