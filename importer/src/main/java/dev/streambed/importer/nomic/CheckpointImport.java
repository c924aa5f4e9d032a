package dev.streambed.importer.nomic;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.ModelOrigin;
import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.nomic.graph.GraphOptions;
import java.nio.file.Path;
import org.apiguardian.api.API;

/**
 * How to import a nomic-embed-text-v2-moe checkpoint.
 *
 * @param directory config.json, model.safetensors and tokenizer.json, as published
 * @param name for people and for the provenance of each vector
 * @param revision of the checkpoint, such as a commit; empty if not known
 * @param graph which graph to build
 * @param weights where its weights are to lie
 */
@API(status = API.Status.EXPERIMENTAL)
public record CheckpointImport(
    Path directory, String name, String revision, GraphOptions graph, Weights weights) {

  /** Where the weights of an imported model lie. */
  public enum Weights {
    /**
     * In the checkpoint's own file, if the graph can use it as it is (32-bit floats, not fused);
     * that file must then stay where it is. Otherwise as with {@link #COPIED}.
     */
    REFERENCED,
    /** In the model directory, which can then be moved to another machine. */
    COPIED
  }

  public CheckpointImport {
    check(!name.isBlank(), "name", "'" + name + "'", "a name");
  }

  /**
   * 32-bit, routed, 512 tokens, weights where they are. Name and revision come from the folder if
   * it lies in the hub's download cache ({@code models--OWNER--NAME/snapshots/REVISION}); else the
   * name is the folder's.
   */
  public static CheckpointImport of(Path directory) {
    var origin = ModelOrigin.ofFolder(directory);
    return new CheckpointImport(
        directory, origin.name(), origin.revision(), GraphOptions.DEFAULT, Weights.REFERENCED);
  }

  public CheckpointImport withName(String newName) {
    return new CheckpointImport(directory, newName, revision, graph, weights);
  }

  public CheckpointImport withRevision(String newRevision) {
    return new CheckpointImport(directory, name, newRevision, graph, weights);
  }

  public CheckpointImport withPrecision(Precision precision) {
    return withGraph(new GraphOptions(precision, graph.experts(), graph.maxTokens()));
  }

  public CheckpointImport withExperts(ExpertForm experts) {
    return withGraph(new GraphOptions(graph.precision(), experts, graph.maxTokens()));
  }

  public CheckpointImport withMaxTokens(int maxTokens) {
    return withGraph(new GraphOptions(graph.precision(), graph.experts(), maxTokens));
  }

  public CheckpointImport withGraph(GraphOptions newGraph) {
    return new CheckpointImport(directory, name, revision, newGraph, weights);
  }

  public CheckpointImport withWeights(Weights newWeights) {
    return new CheckpointImport(directory, name, revision, graph, newWeights);
  }
}
