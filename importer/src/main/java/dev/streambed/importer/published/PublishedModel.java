package dev.streambed.importer.published;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The publisher's settings beside an ONNX file, in the words of sentence-transformers and
 * transformers.
 *
 * @param modules the steps around the graph
 * @param maxTokens most tokens of a text
 * @param tokenDimensions length of a token's vector
 * @param prompts text to put before a text, by its use
 * @param truncatedDimensions length that vectors are cut to
 * @param lowerCasing the file that wants all letters small
 * @param remarks remarks for people, a line each
 */
@API(status = API.Status.INTERNAL)
public record PublishedModel(
    PublishedModules modules,
    Optional<Finding<Integer>> maxTokens,
    Optional<Finding<Integer>> tokenDimensions,
    Optional<Finding<Map<String, String>>> prompts,
    Optional<Finding<Integer>> truncatedDimensions,
    Optional<String> lowerCasing,
    List<String> remarks) {

  /**
   * Reads the files beside an ONNX file, or in the folder above if it lies in one named {@code
   * onnx}.
   *
   * @throws InvalidModelException if one of them cannot be read
   */
  public static PublishedModel around(Path onnxFile) {
    ModelFolder folder = ModelFolder.around(onnxFile);
    PublishedModules modules = PublishedModules.read(folder);
    PublishedTexts texts = PublishedTexts.read(folder, modules.transformerPath());
    return new PublishedModel(
        modules,
        texts.maxTokens(),
        modules.tokenDimensions().or(texts::tokenDimensions),
        texts.prompts(),
        texts.truncatedDimensions(),
        texts.lowerCasing(),
        texts.remarks());
  }

  /**
   * The layers behind pooling.
   *
   * @throws InvalidModelException if one of them cannot be honoured
   */
  public List<SentenceLayer> layers() {
    return modules.layers();
  }

  /**
   * The pooling; empty if no file says it.
   *
   * @throws InvalidModelException if it cannot be honoured
   */
  public Optional<Finding<Pooling>> pooling() {
    return modules.pooling();
  }

  /**
   * Checks that letters become small if the publisher wants it.
   *
   * @param tokenizerLowerCases whether the tokeniser does it
   * @throws InvalidModelException if it should and does not
   */
  public void checkLowerCase(boolean tokenizerLowerCases) {
    lowerCasing.ifPresent(
        file -> {
          if (!tokenizerLowerCases) {
            throw new InvalidModelException(
                "%s makes all letters small before tokenising (do_lower_case), and the tokeniser file does not. Save the tokeniser again so that it does, or set do_lower_case to false there."
                    .formatted(file));
          }
        });
  }
}
