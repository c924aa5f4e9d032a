package dev.streambed.embedder.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Loads graphs into ONNX Runtime, for {@link OnnxSession}: which library, options and device. */
final class OnnxLoader {
  private static final String EXTERNAL_DATA_DIRECTORY =
      "session.model_external_initializers_file_folder_path";

  /** Makes 8-bit weights unsigned on all x86 processors, those with VNNI included. */
  private static final String UNSIGNED_WEIGHTS = "session.x64quantprecision";

  private static final String BYTE_PRODUCTS = "byte-products.onnx";

  /**
   * The loaded session; its receiver closes it, once.
   *
   * @param options outlive the session
   */
  record Loaded(OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session) {
    /**
     * Frees both.
     *
     * @param failure gets what cannot be closed, as suppressed
     */
    void close(RuntimeException failure) {
      closeAll(failure, session, options);
    }
  }

  /** Adds to the options of a session. */
  interface Setup {
    void apply(OrtSession.SessionOptions options) throws OrtException;
  }

  /** Where a graph comes from. */
  interface Graph {
    OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;
  }

  private OnnxLoader() {}

  /**
   * Loads the graph of a model directory.
   *
   * @param setup more options
   * @throws InvalidModelException if ONNX Runtime refuses the graph
   */
  static Loaded load(ModelDirectory model, Setup setup) {
    ExternalData externalData = model.description().externalData();
    Path directory =
        externalData == null ? null : Path.of(externalData.path()).toAbsolutePath().getParent();
    Path graph = model.graphFile();
    return load(
        graph.toString(),
        directory,
        setup,
        (environment, options) -> environment.createSession(graph.toString(), options));
  }

  /**
   * Loads a graph.
   *
   * @param name of the graph, for messages
   * @param externalDataDirectory where its external weights lie; null if it has none
   * @param setup more options
   * @throws InvalidModelException if ONNX Runtime refuses the graph
   */
  static Loaded load(String name, @Nullable Path externalDataDirectory, Setup setup, Graph graph) {
    OrtSession.SessionOptions options = null;
    OrtSession session = null;
    try {
      OrtEnvironment environment = environment();
      options = new OrtSession.SessionOptions();
      options.setInterOpNumThreads(1);
      // A spinning thread takes the core from the other workers and from Flink.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      if (!byteProducts().areSigned()) {
        options.addConfigEntry(UNSIGNED_WEIGHTS, "1");
      }
      if (externalDataDirectory != null) {
        options.addConfigEntry(EXTERNAL_DATA_DIRECTORY, externalDataDirectory.toString());
      }
      setup.apply(options);
      session = graph.load(environment, options);
      return new Loaded(environment, options, session);
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

  /**
   * How products of 8-bit weights are made in this process.
   *
   * @throws InvalidModelException if ONNX Runtime does not work here
   */
  static ByteProducts byteProducts() {
    return ByteProducts.ofThisProcessor(OnnxLoader::signedProduct);
  }

  private static int[] signedProduct(int rows) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(rows * ByteProducts.INPUTS);
    while (bytes.hasRemaining()) {
      bytes.put((byte) 255);
    }
    OrtEnvironment environment = environment();
    try (InputStream graph = OnnxLoader.class.getResourceAsStream(BYTE_PRODUCTS);
        var options = oneThread();
        OrtSession session =
            environment.createSession(Objects.requireNonNull(graph).readAllBytes(), options);
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment,
                bytes.flip(),
                new long[] {rows, ByteProducts.INPUTS},
                OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of("bytes", input))) {
      IntBuffer sums = ((OnnxTensor) result.get(0)).getIntBuffer();
      int[] copy = new int[sums.remaining()];
      sums.get(copy);
      return copy;
    } catch (IOException | OrtException e) {
      throw new InvalidModelException(
          "ONNX Runtime cannot multiply bytes here: %s".formatted(e.getMessage()), e);
    }
  }

  private static OrtSession.SessionOptions oneThread() throws OrtException {
    var options = new OrtSession.SessionOptions();
    options.setInterOpNumThreads(1);
    options.setIntraOpNumThreads(1);
    return options;
  }

  private static OrtEnvironment environment() {
    // ONNX Runtime logs each failure that it also throws: only the fatal ones are news.
    return NativeLibraries.use(
        "ONNX Runtime",
        () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "streambed"));
  }

  /**
   * Checks that ONNX Runtime was built for GPUs; whether there is one is not known before a session
   * is opened.
   *
   * @param device what was asked for
   * @throws InvalidModelException if it was not
   */
  static void checkGpuSupport(DeviceChoice device) {
    environment();
    // Lists what was compiled in, whatever the machine has.
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw new InvalidModelException(
          "Cannot run on %s: this build of Streambed has no GPU support. Build it with: mvn package -Pgpu (docs/gpu.md)."
              .formatted(device));
    }
  }

  static void addDevice(OrtSession.SessionOptions options, Device device) throws OrtException {
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
}
