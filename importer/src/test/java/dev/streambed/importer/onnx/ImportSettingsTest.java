package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.importer.onnx.OnnxImport.Layers;
import dev.streambed.importer.published.PublishedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which settings come from the files beside a model, and which an option overrides. */
class ImportSettingsTest {
  private static final String MODULES =
      """
      [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
       {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"},
       {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]""";
  private static final String CLS =
      """
      {"word_embedding_dimension":384,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}""";

  @TempDir private Path folder;

  @Test
  void takesWhatThePublisherWroteAndSaysFromWhere() throws IOException {
    write("modules.json", MODULES);
    write("1_Pooling/config.json", CLS);
    write("sentence_bert_config.json", "{\"max_seq_length\":256,\"do_lower_case\":false}");
    write(
        "config_sentence_transformers.json",
        "{\"prompts\":{\"query\":\"query: \",\"document\":\"passage: \"}}");

    ImportSettings settings = settings(source());

    assertThat(settings.plan()).isEqualTo(new PoolingPlan(Pooling.CLS, java.util.List.of()));
    assertThat(settings.maxTokens()).isEqualTo(256);
    assertThat(settings.prompts())
        .isEqualTo(Map.of("query", "query: ", "document", "passage: ", "passage", "passage: "));
    assertThat(settings.sources())
        .containsExactly(
            "cls pooling, from 1_Pooling/config.json",
            "vectors scaled to norm 1, from modules.json",
            "at most 256 tokens, from sentence_bert_config.json",
            "prompts document, passage, query, from config_sentence_transformers.json");
  }

  @Test
  void looksInTheFolderAboveOneNamedOnnx() throws IOException {
    write("1_Pooling/config.json", CLS);

    Path file = folder.resolve("onnx/model_quantized.onnx");
    Files.createDirectories(file.getParent());

    assertThat(settings(OnnxImport.of(file, file)).plan().pooling()).isEqualTo(Pooling.CLS);
    assertThat(settings(OnnxImport.of(folder.resolve("other/model.onnx"), file)).plan().pooling())
        .isEqualTo(Pooling.MEAN);
  }

  @Test
  void optionsGoBeforeWhatThePublisherWrote() throws IOException {
    write("1_Pooling/config.json", CLS);
    write("2_Dense/config.json", "{}");
    write("sentence_bert_config.json", "{\"max_seq_length\":256}");
    write(
        "config_sentence_transformers.json", "{\"prompts\":{\"query\":\"q: \",\"other\":\"o: \"}}");

    ImportSettings settings =
        settings(
            source()
                .withPooling(Pooling.MEAN)
                .withLayers(Layers.LEFT_OUT)
                .withMaxTokens(64)
                .withPrompts(Map.of("query", "Query: ")));

    assertThat(settings.prompts()).isEqualTo(Map.of("query", "Query: ", "other", "o: "));
    assertThat(settings.sources())
        .containsExactly(
            "mean pooling, as told (1_Pooling/config.json: cls)",
            "no layers behind pooling, as told",
            "at most 64 tokens, as told (sentence_bert_config.json: 256)",
            "prompts other, query, from config_sentence_transformers.json",
            "prompts query, as told");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'pooling_mode_mean_tokens':true}|MEAN",
        "{'word_embedding_dimension':8}|MEAN", // the library's default
        "{'pooling_mode_cls_token':true,'pooling_mode_mean_tokens':false}|CLS",
        "{'pooling_mode_max_tokens':true,'pooling_mode_mean_tokens':false}|MAX",
        "{'pooling_mode':'cls'}|CLS",
        "{'pooling_mode':['max']}|MAX"
      })
  void readsPoolingInTheOldFormAndInTheNew(String config, Pooling expected) throws IOException {
    write("1_Pooling/config.json", config);

    assertThat(settings(source()).plan().pooling()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'pooling_mode_cls_token':true}|cls and mean",
        "{'pooling_mode_lasttoken':true,'pooling_mode_mean_tokens':false}|lasttoken",
        "{'pooling_mode_weightedmean_tokens':true,'pooling_mode_mean_tokens':false}|weightedmean",
        "{'pooling_mode':'mean_sqrt_len_tokens'}|mean_sqrt_len_tokens"
      })
  void refusesPoolingThatItCannotHonour(String config, String modes) throws IOException {
    write("1_Pooling/config.json", config);

    assertRefused(
        "1_Pooling/config.json pools by %s; Streambed can by mean, cls or max, one of them. To use"
            + " another than the publisher's all the same: --pooling mean, cls or max",
        modes);
    assertThat(settings(source().withPooling(Pooling.MEAN)).plan().pooling())
        .isEqualTo(Pooling.MEAN);
  }

  @Test
  void refusesToPoolWithoutThePrompt() throws IOException {
    write("1_Pooling/config.json", "{'include_prompt':false}");

    assertRefused(
        "1_Pooling/config.json leaves the tokens of the prompt out of pooling, which Streambed"
            + " cannot. To count them all the same, choose with: --pooling mean, cls or max");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LSTM", "CNN", "WordWeights", "SpladePooling", "StaticEmbedding"})
  void refusesAModuleThatItDoesNotKnow(String type) throws IOException {
    write("modules.json", MODULES.replace("models.Normalize", "models." + type));
    write("1_Pooling/config.json", CLS);

    assertRefused(
        "modules.json has a module %s, which cannot be imported (Dense and Normalize can, behind"
            + " Pooling). To leave out all behind the graph but pooling: --no-layers",
        type);
  }

  @Test
  void refusesALayerBeforePooling() throws IOException {
    write("modules.json", MODULES.replace("\"idx\":1", "\"idx\":3"));
    write("1_Pooling/config.json", CLS);

    assertRefused(
        "modules.json has a module Normalize before Pooling, which cannot be imported (Dense and"
            + " Normalize can, behind Pooling). To leave out all behind the graph but pooling:"
            + " --no-layers");
  }

  @Test
  void refusesADenseLayerWhoseWeightsOnlyPythonReads() throws IOException {
    write("2_Dense/config.json", "{'in_features':8,'out_features':4}");
    write("2_Dense/pytorch_model.bin", "");

    assertRefused(
        "The weights of the dense layer are in 2_Dense/pytorch_model.bin, which only Python can"
            + " read. Write them as safetensors, by saving the model with a newer"
            + " sentence-transformers, or leave the layer out: --no-layers.");
  }

  @Test
  void refusesAPoolingModuleWithoutItsFile() throws IOException {
    write("modules.json", MODULES);

    assertRefused(
        "modules.json names a Pooling module, but there is no 1_Pooling/config.json beside the"
            + " model. Copy it there.");
  }

  @Test
  void refusesAFileThatIsNoJson() throws IOException {
    Path file = write("modules.json", "[");

    assertThatThrownBy(() -> settings(source()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith(file + " is not JSON: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|{'model_max_length':384}|{'max_position_embeddings':512}|384|tokenizer_config.json",
        "{'max_seq_length':null}|{'model_max_length':1e30}|{'max_position_embeddings':128}|128|config.json",
        "{'max_seq_length':99}|{'model_max_length':384}|{}|99|sentence_bert_config.json",
        "{}|{}|{'max_position_embeddings':514,'model_type':'xlm-roberta','pad_token_id':1}|512|config.json"
      })
  void findsTheLimitWhereSentenceTransformersDoes(
      String sentences, String tokenizer, String model, int expected, String file)
      throws IOException {
    write("sentence_bert_config.json", sentences);
    write("tokenizer_config.json", tokenizer);
    write("config.json", model);

    ImportSettings settings = settings(source());

    assertThat(settings.maxTokens()).isEqualTo(expected);
    assertThat(settings.sources()).contains("at most %d tokens, from %s".formatted(expected, file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sentence_bert_config.json|{'max_seq_length':0}|0",
        "sentence_bert_config.json|{'max_seq_length':-1}|-1",
        "tokenizer_config.json|{'model_max_length':2}|2",
      })
  void refusesALimitThatLeavesNoRoomForAWord(String file, String json, int limit)
      throws IOException {
    write(file, json);

    assertRefused(
        "%s allows texts of %d tokens; at least 3 are needed, two special tokens and a word. Correct it there, or"
            + " choose another limit with: --max-tokens N",
        file, limit);
    assertThat(settings(source().withMaxTokens(64)).maxTokens()).isEqualTo(64);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sentence_bert_config.json|max_seq_length|\"256\"",
        "sentence_bert_config.json|max_seq_length|1.5",
        "tokenizer_config.json|model_max_length|true",
        "config_sentence_transformers.json|truncate_dim|\"256\"",
        "config_sentence_transformers.json|truncate_dim|[]",
      })
  void refusesWhatShouldBeANumberAndIsNone(String file, String key, String value)
      throws IOException {
    write(file, "{'%s':%s}".formatted(key, value));

    assertRefused("%s in %s is no whole number. Correct it there.", key, file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../..", "a/../../b", "..", "/etc"})
  void followsNoModuleOutOfTheModelsFolder(String path) throws IOException {
    write("modules.json", MODULES.replace("1_Pooling", path));

    assertRefused(
        "modules.json names the folder '%s', which is not in the model's own. Correct it there.",
        path);
  }

  @Test
  void knowsTheNamesThatTheLimitsFileHasForOtherModels() throws IOException {
    write("sentence_xlm-roberta_config.json", "{'max_seq_length':128}");

    assertThat(settings(source()).maxTokens()).isEqualTo(128);
  }

  @Test
  void saysWhatTheDefaultsAreWhereNothingIsPublished() {
    assertThat(settings(source()).sources())
        .containsExactly(
            "mean pooling, by default: no file beside the model says it",
            "at most 512 tokens, by default: no file beside the model says it");
  }

  @Test
  void warnsOfWhatItDoesOtherwise() throws IOException {
    write("tokenizer_config.json", "{'truncation_side':'left'}");
    write(
        "config_sentence_transformers.json",
        "{'similarity_fn_name':'dot','default_prompt_name':'query','prompts':{'query':'q','passage':'p'}}");

    assertThat(settings(source()).sources())
        .contains(
            "warning: tokenizer_config.json cuts the beginning of a long text off; Streambed cuts"
                + " its end off",
            "warning: config_sentence_transformers.json compares vectors by dot; Streambed scales"
                + " each to norm 1, so that their lengths do not count",
            "warning: config_sentence_transformers.json gives texts the prompt query by default;"
                + " Streambed stores texts, and gives them the prompt passage");
  }

  @Test
  void takesNoPromptsThatAreEmptyPlaces() throws IOException {
    write("config_sentence_transformers.json", "{'prompts':{'query':'','document':''}}");

    assertThat(settings(source()).prompts()).isEmpty();
  }

  @Test
  void takesNoPromptThatIsNullAndRefusesOneThatIsNoString() throws IOException {
    write("config_sentence_transformers.json", "{'prompts':{'query':null,'passage':'p: '}}");
    assertThat(settings(source()).prompts()).isEqualTo(Map.of("passage", "p: "));

    write("config_sentence_transformers.json", "{'prompts':{'query':7}}");
    assertThatThrownBy(() -> settings(source()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "The prompt 'query' in config_sentence_transformers.json is no string. Correct it there.");
  }

  @Test
  void keepsThePublishedLengthOfVectorsUnlessToldOtherwise() throws IOException {
    write("config_sentence_transformers.json", "{'truncate_dim':256}");
    PublishedModel published = PublishedModel.around(source().onnxFile());

    assertThat(ImportSettings.dimensions(source(), published, 768))
        .isEqualTo(new DimensionRange(256, 256));
    assertThat(ImportSettings.dimensions(source().withMinimumDimensions(64), published, 768))
        .isEqualTo(new DimensionRange(64, 768));
  }

  @ParameterizedTest
  @ValueSource(ints = {769, 0, -5})
  void refusesAPublishedLengthThatTheModelDoesNotHave(int length) throws IOException {
    write("config_sentence_transformers.json", "{'truncate_dim':%d}".formatted(length));
    PublishedModel published = PublishedModel.around(source().onnxFile());

    assertThatThrownBy(() -> ImportSettings.dimensions(source(), published, 768))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "config_sentence_transformers.json cuts vectors to %d components (truncate_dim); the model has 768. Correct it there, or say what is allowed with: --dimensions MIN",
            length);
    assertThat(ImportSettings.dimensions(source().withMinimumDimensions(64), published, 768))
        .isEqualTo(new DimensionRange(64, 768));
  }

  @ParameterizedTest
  @CsvSource({
    "models--BAAI--bge-small-en-v1.5/snapshots/5c38ec7/onnx/model.onnx, BAAI/bge-small-en-v1.5, 5c38ec7",
    "models--BAAI--bge-small-en-v1.5/snapshots/5c38ec7/onnx/model_q4.onnx, BAAI/bge-small-en-v1.5, 5c38ec7",
    "models--a--b/snapshots/1/model.onnx, a/b, 1",
    "models--gpt2/snapshots/1/onnx/model.onnx, gpt2, 1",
    "bge-small/onnx/model.onnx, bge-small, ''",
    "bge-small/model.onnx, bge-small, ''",
    "bge-small/encoder.onnx, encoder, ''"
  })
  void namesAModelAfterItsPlace(String path, String name, String revision) {
    Path file = folder.resolve(path);

    ImportSettings settings =
        ImportSettings.of(OnnxImport.of(file, file), PublishedModel.around(source().onnxFile()));

    assertThat(settings.name()).isEqualTo(name);
    assertThat(settings.revision()).isEqualTo(revision);
  }

  private OnnxImport source() {
    return OnnxImport.of(folder.resolve("model.onnx"), folder.resolve("tokenizer.json"));
  }

  private static ImportSettings settings(OnnxImport source) {
    return ImportSettings.of(source, PublishedModel.around(source.onnxFile()));
  }

  @FormatMethod
  private void assertRefused(@FormatString String message, Object... arguments) {
    assertThatThrownBy(() -> settings(source()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message, arguments);
  }

  private Path write(String name, String json) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, json.replace('\'', '"'));
  }
}
