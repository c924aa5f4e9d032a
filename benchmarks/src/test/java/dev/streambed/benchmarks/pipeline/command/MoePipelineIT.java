package dev.streambed.benchmarks.pipeline.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.importer.RealTokenizer;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.SeededCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The benchmark of the large model, with one of its shape that is narrow, and short runs. */
class MoePipelineIT {
  // Rows for the published tokeniser; 8 million parameters.
  private static final CheckpointConfig NARROW =
      new CheckpointConfig(32, 4, 4, 64, 250_048, 8, 2, 2048, 1e-5, 10_000);

  @TempDir private Path folder;

  @Test
  void measuresEachWayInSpeedAndMemory() throws IOException {
    SeededCheckpoint.write(NARROW, folder.resolve("checkpoint"));
    RealTokenizer.writeTo(folder.resolve("checkpoint/tokenizer.json"));

    int code =
        new CommandLine(new PipelineBenchmark())
            .execute(
                "--model=moe",
                "--lengths=long",
                "--texts=40",
                "--rounds=1",
                "--seconds=3",
                "--warm-up=1",
                "--checkpoint-seconds=1",
                "--checkpoint=" + folder.resolve("checkpoint"),
                "--work=" + folder.resolve("work"),
                "--results=" + folder.resolve("results"));

    assertThat(code).isZero();
    JsonNode result =
        new ObjectMapper()
            .readTree(Files.readAllBytes(folder.resolve("results/pipeline-moe/result.json")));
    assertThat(names(result, 0))
        .containsExactly(
            "limit: ONNX Runtime in a loop, no Kafka",
            "one text per call, one thread a run",
            "Streambed, a session per slot",
            "Streambed, one session for all slots",
            "Streambed, one slot with a worker per core");
    assertThat(names(result, 1))
        .containsExactly(
            "Streambed, one session for all slots / Streambed, a session per slot, long",
            "Streambed, one slot with a worker per core / Streambed, a session per slot, long",
            "Streambed, a session per slot / one text per call, one thread a run, long",
            "Streambed, a session per slot / limit: ONNX Runtime in a loop, no Kafka, long");
    assertThat(names(result, 2))
        .containsExactly(
            "Streambed, a session per slot, long",
            "Streambed, one session for all slots, long",
            "Streambed, one slot with a worker per core, long");
    assertThat(result.findValues("median")).allMatch(value -> value.asDouble() > 0);
    assertThat(result.get("targets").findValuesAsText("what"))
        .containsExactly("pipeline against the limit, long texts");
  }

  private static List<String> names(JsonNode result, int section) {
    return result.get("sections").get(section).findValuesAsText("name");
  }
}
