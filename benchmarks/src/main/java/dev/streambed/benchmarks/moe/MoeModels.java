package dev.streambed.benchmarks.moe;

import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.RealTokenizer;
import dev.streambed.importer.nomic.CheckpointImport;
import dev.streambed.importer.nomic.CheckpointImporter;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.SeededCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** The checkpoint that is measured, and the models imported of it. */
@Internal
public final class MoeModels {
  private final Path work;
  private final @Nullable Path given;

  /** A model and how long its import took. */
  public record Imported(ModelDirectory model, List<Double> seconds) {}

  /**
   * @param given checkpoint to use; null to generate one
   */
  public MoeModels(Path work, @Nullable Path given) {
    this.work = work;
    this.given = given;
  }

  /** The checkpoint's folder; generates it first where that is needed. */
  Path checkpoint() throws IOException {
    if (given != null) {
      return given;
    }
    Path checkpoint = work.resolve("checkpoint");
    if (!Files.exists(checkpoint)) {
      Progress.say("Generating a checkpoint of 1.9 GB in " + checkpoint);
      Path partial = work.resolve("checkpoint.partial");
      delete(partial);
      SeededCheckpoint.write(CheckpointConfig.NOMIC_EMBED_TEXT_V2_MOE, partial);
      RealTokenizer.writeTo(partial.resolve("tokenizer.json"));
      Files.move(partial, checkpoint, StandardCopyOption.ATOMIC_MOVE);
    }
    return checkpoint;
  }

  /** Describes the measured models, for the report. */
  public String describe() {
    return given == null
        ? "generated weights of the published shape (148 tensors, 475,292,928 parameters), published tokeniser"
        : given.toString();
  }

  /** Imports the checkpoint anew, as the command line does. */
  public Imported importModel(Precision precision) throws IOException {
    return importModel(precision, work.resolve("model-" + precision));
  }

  /** Imports the checkpoint anew into a directory, over one that is there. */
  Imported importModel(Precision precision, Path target) throws IOException {
    delete(target);
    Files.createDirectories(target.toAbsolutePath().getParent());
    long start = System.nanoTime();
    ModelDirectory model =
        CheckpointImporter.importTo(
            CheckpointImport.of(checkpoint()).withPrecision(precision), target, new StepPrinter());
    return new Imported(model, List.of((System.nanoTime() - start) / 1e9));
  }

  /**
   * A folder with the weights of a checkpoint and of a model that was made of it, under their own
   * names.
   */
  Path weightsOf(Checkpoint checkpoint, ModelDirectory model) throws IOException {
    Path folder = work.resolve("weights-of-both");
    delete(folder);
    Files.createDirectories(folder);
    Path copied = model.path().resolve("weights.bin");
    for (Path file : List.of(checkpoint.weightsFile(), copied)) {
      Path link = folder.resolve(String.valueOf(file.getFileName()));
      try {
        Files.createLink(link, file); // ONNX Runtime follows no symbolic links
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(file, link); // another file system
      }
    }
    return folder.toRealPath();
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new InvalidModelException("Cannot delete " + folder + ": " + e, e);
    }
  }

  private static final class StepPrinter implements ImportProgress {
    private String step = "";

    @Override
    public void stepBegins(String name) {
      this.step = name;
    }

    @Override
    public void stepAdvances(long done, long total) {}

    @Override
    public void stepEnds(String result) {
      Progress.say(step + (result.isEmpty() ? "" : ": " + result));
    }
  }
}
