package dev.streambed.embedder.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxLoader.Loaded;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A graph loaded into ONNX Runtime; with {@link OnnxLoader} the only class that knows that library.
 * Owns the native session, its options and the options of each run. Thread-safe: runs may overlap;
 * {@link #close} terminates those that go on.
 */
@API(status = API.Status.INTERNAL)
public final class OnnxSession implements AutoCloseable {
  private final Loaded loaded;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Termination runs = new Termination();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * An output of a graph.
   *
   * @param values row-major; owned by the receiver
   * @param shape length of each axis
   */
  @SuppressWarnings("ArrayRecordComponent") // carries a tensor
  public record FloatTensor(float[] values, long[] shape) {}

  private OnnxSession(Loaded loaded) {
    this.loaded = loaded;
    this.environment = loaded.environment();
    this.session = loaded.session();
  }

  /** How 8-bit weights are multiplied on this processor, and why, for people. */
  public static String byteProducts() {
    return OnnxLoader.byteProducts().describe();
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
        () ->
            OnnxLoader.load(
                model,
                options -> {
                  options.setIntraOpNumThreads(intraOpThreads);
                  OnnxLoader.addDevice(options, device);
                }));
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
        () ->
            OnnxLoader.load(
                "from memory",
                externalDataDirectory,
                options -> options.setIntraOpNumThreads(intraOpThreads),
                (environment, options) -> environment.createSession(graph, options)));
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
            () ->
                OnnxLoader.load(
                    model,
                    options -> {
                      OnnxLoader.addDevice(options, device);
                      options.enableProfiling(prefix.toString());
                    }))) {
      opened.run(batch, model.description().output());
      return Path.of(opened.session.endProfiling());
    } catch (OrtException e) {
      throw new InferenceException("ONNX Runtime wrote no profile: " + e.getMessage(), e);
    }
  }

  private static OnnxSession open(Supplier<Loaded> loader) {
    OnnxSession opened = null;
    OnnxShutdownHook.sessionOpens();
    try {
      opened = new OnnxSession(loader.get());
      return opened;
    } finally {
      if (opened == null) {
        OnnxShutdownHook.sessionClosed();
      }
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
    loaded.close(failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
    OnnxShutdownHook.sessionClosed();
  }

  private interface Run<T> {
    T apply(Map<String, OnnxTensor> inputs, OrtSession.RunOptions runOptions) throws OrtException;
  }
}
