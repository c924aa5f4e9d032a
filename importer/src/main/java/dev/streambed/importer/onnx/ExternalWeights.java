package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.ImportProgress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The files beside an ONNX file that hold its weights: which bytes the graph reads, and a way to
 * copy the files.
 */
final class ExternalWeights {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Set<String> TAKEN =
      Set.of(ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE, ModelDescription.FILE_NAME);

  private final Path onnxFile;

  /** By location: the end of the last bytes that the graph reads from the file. */
  private final Map<String, Long> endByLocation = new TreeMap<>();

  private ExternalWeights(Path onnxFile) {
    this.onnxFile = onnxFile;
  }

  /**
   * Finds the files that a graph reads and checks that they are there, and long enough.
   *
   * @throws InvalidModelException if one is not
   */
  static ExternalWeights of(GraphProto graph, Path onnxFile) {
    ExternalWeights weights = new ExternalWeights(onnxFile);
    weights.addGraph(graph);
    weights.endByLocation.forEach(weights::check);
    return weights;
  }

  /** Paths of the files, relative to the ONNX file's folder. */
  Set<String> locations() {
    return endByLocation.keySet();
  }

  /**
   * Copies the files into {@code directory}, under the same relative paths; links become what they
   * point to.
   */
  void copyTo(Path directory, ImportProgress progress) throws IOException {
    for (String location : endByLocation.keySet()) {
      Path target = directory.resolve(location);
      Files.createDirectories(target.getParent());
      copy(source(location), target, progress);
    }
  }

  private void addGraph(GraphProto graph) {
    graph.getInitializerList().forEach(this::addTensor);
    graph.getNodeList().stream()
        .flatMap(node -> node.getAttributeList().stream())
        .forEach(this::addAttribute);
  }

  private void addAttribute(AttributeProto attribute) {
    addTensor(attribute.getT());
    attribute.getTensorsList().forEach(this::addTensor);
    addGraph(attribute.getG());
    attribute.getGraphsList().forEach(this::addGraph);
  }

  private void addTensor(TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return;
    }
    String location = "";
    long end = 0;
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      switch (entry.getKey()) {
        case "location" -> location = entry.getValue();
        case "offset", "length" -> end += number(tensor, entry);
        default -> {} // a checksum, which few exporters write
      }
    }
    checkLocation(location, tensor);
    endByLocation.merge(location, end, Math::max);
  }

  private long number(TensorProto tensor, StringStringEntryProto entry) {
    try {
      return Long.parseLong(entry.getValue());
    } catch (NumberFormatException e) {
      throw new InvalidModelException(
          "ONNX model %s gives the %s of the weights '%s' as '%s', which is no number."
              .formatted(onnxFile, entry.getKey(), tensor.getName(), entry.getValue()),
          e);
    }
  }

  private void checkLocation(String location, TensorProto tensor) {
    Path path = Path.of(location);
    if (location.isEmpty()
        || path.isAbsolute()
        || !path.equals(path.normalize())
        || path.startsWith("..")) {
      throw new InvalidModelException(
          "ONNX model %s keeps the weights '%s' in '%s'; only a file in or below its own folder can be imported."
              .formatted(onnxFile, tensor.getName(), location));
    }
    if (TAKEN.contains(location)) {
      throw new InvalidModelException(
          "ONNX model %s keeps its weights in '%s', a name that a model directory needs itself."
              .formatted(onnxFile, location));
    }
  }

  private void check(String location, long end) {
    Path source = source(location);
    if (!Files.isRegularFile(source)) {
      throw new InvalidModelException(
          "ONNX model %s keeps its weights in %s, which does not exist. Copy that file beside the model."
              .formatted(onnxFile, source));
    }
    try {
      long size = Files.size(source);
      if (size < end) {
        throw new InvalidModelException(
            "Weights file %s has %d bytes; ONNX model %s reads it up to byte %d. It is cut off, or belongs to another model."
                .formatted(source, size, onnxFile, end));
      }
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot read weights file %s: %s".formatted(source, e.getMessage()), e);
    }
  }

  private Path source(String location) {
    return onnxFile.toAbsolutePath().resolveSibling(location);
  }

  private static void copy(Path source, Path target, ImportProgress progress) throws IOException {
    long size = Files.size(source);
    try (InputStream in = Files.newInputStream(source);
        OutputStream out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      long copied = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        copied += n;
        progress.stepAdvances(copied, size);
      }
    }
  }
}
