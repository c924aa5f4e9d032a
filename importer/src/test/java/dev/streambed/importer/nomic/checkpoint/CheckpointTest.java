package dev.streambed.importer.nomic.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The conditions under which a checkpoint is imported. */
class CheckpointTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    TestCheckpoints.write(TestCheckpoints.MICRO, directory);
  }

  @ParameterizedTest
  @CsvSource({
    "model_type, '\"bert\"'",
    "activation_function, '\"gelu_pytorch_tanh\"'",
    "activation_function, '\"swiglu\"'",
    "use_rms_norm, true",
    "prenorm, true",
    "parallel_block, true",
    "parallel_block_tied_norm, true",
    "qkv_proj_bias, false",
    "mlp_fc1_bias, false",
    "mlp_fc2_bias, false",
    "rotary_emb_fraction, 0.5",
    "rotary_emb_interleaved, true",
    "rotary_emb_scale_base, 512",
    "rotary_scaling_factor, 2",
    "causal, true",
    "is_decoder, true",
    "scale_attn_weights, false",
    "scale_attn_by_inverse_layer_idx, true",
    "reorder_and_upcast_attn, true",
    "attn_pdrop, 0.1",
    "type_vocab_size, 2",
    "moe_top_k, 1",
    "moe_top_k, 3",
    "moe_normalize_expert_weights, true",
    "moe_normalize_expert_weights, 1",
    "expert_choice_router, true",
    "num_shared_experts, 1",
    "ffn_div, 2",
    "add_pooling_layer, true"
  })
  void refusesAConfigurationTheGraphDoesNotImplement(String key, String value) throws IOException {
    setConfig(key, value);

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(key + " is " + value)
        .hasMessageContaining("is implemented");
  }

  @ParameterizedTest
  @CsvSource({
    "moe_every_n_layers, 1, must be at least 2",
    "moe_every_n_layers, 0, must be at least 2",
    "num_experts, 1, must be at least moe_top_k",
    "n_head, 0, must be at least 1",
    "n_head, 5, must be a multiple of n_head",
    "n_head, 32, must be an even number per head",
    "n_embd, -32, must be at least 2",
    "n_embd, 4294967328, not an integer",
    "n_layer, 1.5, not an integer",
    "n_layer, '\"4\"', not a number",
    "n_inner, null, not a number",
    "vocab_size, 250, is not a multiple of pad_vocab_size_multiple",
    "layer_norm_epsilon, 0, must be between 0 and 1",
    "rotary_emb_base, 1, must be finite and more than 1"
  })
  void refusesANumberThatCannotBe(String key, String value, String message) throws IOException {
    setConfig(key, value);

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("config.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n_embd",
        "n_head",
        "n_layer",
        "n_inner",
        "vocab_size",
        "num_experts",
        "moe_top_k",
        "moe_every_n_layers",
        "rotary_emb_base",
        "rotary_emb_fraction",
        "layer_norm_epsilon",
        "type_vocab_size",
        "prenorm",
        "use_rms_norm",
        "num_shared_experts",
        "activation_function"
      })
  void assumesNothingInPlaceOfAMissingKey(String key) throws IOException {
    ObjectNode config = config();
    config.remove(key);
    write(config);

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("has no key " + key);
  }

  @Test
  void refusesAnUnknownKey() throws IOException {
    setConfig("moe_router_temperature", "2");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("moe_router_temperature, which is unknown");
  }

  @Test
  void refusesAKeyGivenTwice() throws IOException {
    AlteredCheckpoint.config(directory, "\"prenorm\"", "\"prenorm\" : true, \"prenorm\"");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("Duplicate field 'prenorm'");
  }

  @Test
  void acceptsTheOtherNamesOfAReSavedCheckpoint() throws IOException {
    ObjectNode config = config();
    config.set("hidden_size", config.remove("n_embd"));
    config.put("num_hidden_layers", 4);
    write(config);

    assertThat(Checkpoint.open(directory).config()).isEqualTo(TestCheckpoints.MICRO);
  }

  @Test
  void refusesTwoNamesThatDisagree() throws IOException {
    setConfig("hidden_size", "64");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("n_embd is 32, but hidden_size is 64");
  }

  @Test
  void refusesWeightsOfAnotherShape() throws IOException {
    setConfig("n_inner", "128");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("mlp.fc1.bias")
        .hasMessageContaining("has shape [64]; config.json means [128]");
  }

  @Test
  void namesMissingAndUnexpectedTensors() throws IOException {
    replaceInHeader("emb_ln.bias", "emb_ln.beta");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("missing [emb_ln.bias], unexpected [emb_ln.beta]");
  }

  @Test
  void refusesACheckpointOfMoreLayersThanItHasTensors() throws IOException {
    setConfig("n_layer", "6");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("missing [encoder.layers.4.attn.Wqkv.bias")
        .hasMessageContaining("more, unexpected []");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.json"})
  void namesAMissingFile(String name) throws IOException {
    Files.delete(directory.resolve(name));

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("has no file " + name);
  }

  @Test
  void saysThatWeightsInSeveralFilesAreNotSupported() throws IOException {
    Files.delete(directory.resolve("model.safetensors"));
    Files.writeString(directory.resolve("model.safetensors.index.json"), "{}");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("holds its weights in several files");
  }

  @Test
  void refusesAConfigurationThatIsNoJson() throws IOException {
    Files.writeString(directory.resolve("config.json"), "<html>404</html>");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("is not JSON");
  }

  @Test
  void refusesTheHandleThatGitKeepsInPlaceOfALargeFile() throws IOException {
    Files.writeString(
        directory.resolve("model.safetensors"), "version https://git-lfs.github.com/spec/v1\n");

    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("Is it a safetensors file?");
  }

  private ObjectNode config() throws IOException {
    return (ObjectNode) JSON.readTree(directory.resolve("config.json").toFile());
  }

  private void write(ObjectNode config) throws IOException {
    JSON.writeValue(directory.resolve("config.json").toFile(), config);
  }

  private void setConfig(String key, String json) throws IOException {
    ObjectNode config = config();
    config.set(key, JSON.readTree(json));
    write(config);
  }

  /** Replaces text of the header by text of the same length. */
  private void replaceInHeader(String before, String after) throws IOException {
    Path file = directory.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replace(before, after);
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
