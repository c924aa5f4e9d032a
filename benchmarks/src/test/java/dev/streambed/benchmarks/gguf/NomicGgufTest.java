package dev.streambed.benchmarks.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Half;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NomicGgufTest {
  // TINY: H = 64, F = 256, E = 8, 1024 rows, experts in layers 1 and 3.
  private static final int HIDDEN = 64;
  private static final int INNER = 256;

  @TempDir private Path folder;

  @Test
  void saysWhatModelItIs() throws IOException {
    ReadGguf file = write(GgufType.F16);

    assertThat(file.magic).isEqualTo("GGUF");
    assertThat(file.version).isEqualTo(3);
    assertThat(file.metadata)
        .containsEntry("general.architecture", "nomic-bert-moe")
        .containsEntry("general.file_type", 1)
        .containsEntry("nomic-bert-moe.context_length", 512)
        .containsEntry("nomic-bert-moe.embedding_length", HIDDEN)
        .containsEntry("nomic-bert-moe.block_count", 4)
        .containsEntry("nomic-bert-moe.feed_forward_length", INNER)
        .containsEntry("nomic-bert-moe.attention.head_count", 4)
        .containsEntry("nomic-bert-moe.attention.layer_norm_epsilon", 1e-5f)
        .containsEntry("nomic-bert-moe.attention.causal", false)
        .containsEntry("nomic-bert-moe.pooling_type", 1)
        .containsEntry("nomic-bert-moe.rope.freq_base", 10_000f)
        .containsEntry("nomic-bert-moe.moe_every_n_layers", 2)
        .containsEntry("nomic-bert-moe.expert_count", 8)
        .containsEntry("nomic-bert-moe.expert_used_count", 2);
  }

  @Test
  void bringsTheTokeniserWithARowForEachId() throws IOException {
    ReadGguf file = write(GgufType.F16);

    List<?> tokens = file.values("tokenizer.ggml.tokens");
    List<?> scores = file.values("tokenizer.ggml.scores");
    List<?> kinds = file.values("tokenizer.ggml.token_type");
    assertThat(tokens).hasSize(1024);
    assertThat(scores).hasSize(1024);
    assertThat(kinds).hasSize(1024);
    assertThat(tokens.subList(0, 6)).asString().isEqualTo("[<s>, <pad>, </s>, <unk>, ▁, !]");
    assertThat(scores.subList(3, 6)).asString().isEqualTo("[0.0, -2.0, -3.0]");
    assertThat(kinds.subList(0, 6)).asString().isEqualTo("[3, 3, 3, 2, 1, 1]");
    // 5 tokens and the 94 characters from ! to ~ are known.
    assertThat(tokens.get(98)).isEqualTo("~");
    assertThat(tokens.get(99)).isEqualTo("[PAD99]");
    assertThat(kinds.get(99)).isEqualTo(5);
    assertThat(file.metadata)
        .containsEntry("tokenizer.ggml.model", "t5")
        .containsEntry("tokenizer.ggml.bos_token_id", 0)
        .containsEntry("tokenizer.ggml.eos_token_id", 2)
        .containsEntry("tokenizer.ggml.padding_token_id", 1)
        .containsEntry("tokenizer.ggml.unknown_token_id", 3)
        .doesNotContainKey("tokenizer.ggml.precompiled_charsmap");
  }

  @Test
  void bringsTheCharacterMapOfTheNormaliser() throws IOException {
    Path checkpoint = checkpoint();
    Path tokenizer = checkpoint.resolve("tokenizer.json");
    String map = Base64.getEncoder().encodeToString(new byte[] {1, 2, -3});
    Files.writeString(
        tokenizer,
        Files.readString(tokenizer)
            .replace(
                "\"normalizer\": null",
                "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"%s\"}"
                    .formatted(map)));

    ReadGguf file = write(checkpoint, GgufType.F16);

    assertThat(file.metadata)
        .containsEntry(
            "tokenizer.ggml.precompiled_charsmap", List.of((byte) 1, (byte) 2, (byte) -3));
  }

  @Test
  void storesMatricesInTheTypeAndTheRestInFloats() throws IOException {
    ReadGguf file = write(GgufType.Q8_0);

    assertThat(file.tensors).hasSize(50); // those of the checkpoint, but for 2 biases of experts
    assertThat(file.tensors.keySet()).noneMatch(name -> name.contains("exps.bias"));
    assertStored(file, "token_embd.weight", 8, HIDDEN, 1024);
    assertStored(file, "token_types.weight", 0, HIDDEN, 1);
    assertStored(file, "token_embd_norm.bias", 0, HIDDEN);
    assertStored(file, "blk.0.attn_qkv.weight", 8, HIDDEN, 3 * HIDDEN);
    assertStored(file, "blk.0.attn_qkv.bias", 0, 3 * HIDDEN);
    assertStored(file, "blk.0.ffn_up.weight", 8, HIDDEN, INNER);
    assertStored(file, "blk.0.ffn_down.weight", 8, INNER, HIDDEN);
    assertStored(file, "blk.1.ffn_gate_inp.weight", 0, HIDDEN, 8);
    assertStored(file, "blk.1.ffn_up_exps.weight", 8, HIDDEN, INNER, 8);
    assertStored(file, "blk.1.ffn_down_exps.weight", 8, INNER, HIDDEN, 8);
  }

  @Test
  void alignsTensorsAndLeavesNoGap() throws IOException {
    ReadGguf file = write(GgufType.Q8_0);

    long next = 0;
    for (ReadGguf.Stored tensor : file.tensors.values()) {
      assertThat(tensor.offset()).isEqualTo(next);
      long bytes = tensor.type() == 0 ? 4L * tensor.elements() : tensor.elements() / 32 * 34L;
      next += (bytes + 31) / 32 * 32;
    }
    assertThat(file.size).isEqualTo(file.dataStart + next);
  }

  @Test
  void keepsEachNumber() throws IOException {
    Path directory = checkpoint();
    Checkpoint checkpoint = Checkpoint.open(directory);

    ReadGguf file = write(directory, GgufType.F32);

    assertThat(file.numbers("token_embd.weight"))
        .containsExactly(checkpoint.tensor("embeddings.word_embeddings.weight").toArray());
    assertThat(file.numbers("blk.3.attn_output_norm.weight"))
        .containsExactly(checkpoint.tensor("encoder.layers.3.norm1.weight").toArray());
    assertThat(file.numbers("blk.3.layer_output_norm.bias"))
        .containsExactly(checkpoint.tensor("encoder.layers.3.norm2.bias").toArray());
    assertThat(file.numbers("blk.3.ffn_up_exps.weight"))
        .containsExactly(checkpoint.tensor("encoder.layers.3.mlp.experts.mlp.w1").toArray());
  }

  @Test
  void turnsTheSecondMatrixOfEachExpert() throws IOException {
    Path directory = checkpoint();
    float[] original =
        Checkpoint.open(directory).tensor("encoder.layers.1.mlp.experts.mlp.w2").toArray();

    float[] turned = write(directory, GgufType.F32).numbers("blk.1.ffn_down_exps.weight");

    float[] expected = new float[original.length];
    for (int expert = 0; expert < 8; expert++) {
      for (int inner = 0; inner < INNER; inner++) {
        for (int hidden = 0; hidden < HIDDEN; hidden++) {
          expected[(expert * HIDDEN + hidden) * INNER + inner] =
              original[(expert * INNER + inner) * HIDDEN + hidden];
        }
      }
    }
    assertThat(turned).containsExactly(expected);
  }

  @Test
  void roundsEachNumberByItself() throws IOException {
    Path directory = checkpoint();
    float[] original =
        Checkpoint.open(directory).tensor("encoder.layers.0.mlp.fc1.weight").toArray();

    float[] half = write(directory, GgufType.F16).numbers("blk.0.ffn_up.weight");
    float[] eight = write(directory, GgufType.Q8_0).numbers("blk.0.ffn_up.weight");

    float largest = 0;
    float[] rounded = new float[original.length];
    for (int i = 0; i < original.length; i++) {
      largest = Math.max(largest, Math.abs(original[i]));
      rounded[i] = Half.toFloat(Half.fromFloat(original[i]));
    }
    assertThat(half).containsExactly(rounded);
    // Half a step of the largest block, and 127 times what its scale was rounded by: 2^-11 of it.
    assertThat(eight).containsExactly(original, within(largest / 127 / 2 + largest * 0x1p-11f));
  }

  @Test
  void refusesRowsThatEightBitsCannotHold() throws IOException {
    Path directory =
        TestCheckpoints.write(
            new CheckpointConfig(40, 4, 2, 64, 256, 8, 2, 2048, 1e-5, 10_000), folder);

    assertThatThrownBy(() -> write(directory, GgufType.Q8_0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("40 numbers cannot be stored as q8_0");
  }

  private Path checkpoint() throws IOException {
    return TestCheckpoints.write(TestCheckpoints.TINY, folder.resolve("checkpoint"));
  }

  private ReadGguf write(GgufType type) throws IOException {
    return write(checkpoint(), type);
  }

  private ReadGguf write(Path checkpoint, GgufType type) throws IOException {
    Path file = folder.resolve(type.label() + ".gguf");
    NomicGguf.write(Checkpoint.open(checkpoint), type, file);
    return new ReadGguf(file);
  }

  private static void assertStored(ReadGguf file, String name, int type, long... shape) {
    assertThat(file.tensor(name).type()).as(name).isEqualTo(type);
    assertThat(file.tensor(name).shape()).as(name).isEqualTo(Arrays.stream(shape).boxed().toList());
  }
}
