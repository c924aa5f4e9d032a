package dev.streambed.schemas.json;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apiguardian.api.API;

/**
 * Reads any JSON document as a tree. Numbers keep their digits; a name that occurs twice in an
 * object is refused.
 *
 * <p>Jackson's own messages and exceptions quote the document, so none of them leaves this class.
 */
@API(status = API.Status.INTERNAL)
public final class JsonTree {
  // Names are not canonicalised: a document with many names of equal hash would make Jackson throw.
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(JsonLimits.INSTANCE)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private JsonTree() {}

  /**
   * Decodes one document in UTF-8, with or without a byte order mark.
   *
   * @param what names the bytes in messages: {@code record}
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are no JSON object or array
   */
  public static JsonNode decode(byte[] bytes, String what) {
    String text = Utf8.decode(bytes, what);
    try (JsonParser parser = MAPPER.createParser(Utf8.withoutByteOrderMark(text))) {
      return read(parser, what);
    } catch (MismatchedInputException e) {
      throw malformed(
          what, Reason.DUPLICATE_PROPERTY, "a name occurs twice in an object" + JsonFault.at(e));
    } catch (JsonProcessingException e) {
      throw malformed(
          what,
          Reason.INVALID_JSON,
          "not valid JSON" + JsonFault.at(e) + ForeignFormat.describe(bytes, what));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read JSON in memory.", e);
    }
  }

  private static JsonNode read(JsonParser parser, String what) throws IOException {
    try {
      JsonNode tree = parser.readValueAsTree();
      if (tree == null || !tree.isContainerNode()) {
        throw malformed(
            what,
            tree == null ? Reason.INVALID_JSON : Reason.WRONG_TYPE,
            "the document must be an object or an array, found "
                + JsonFault.words(tree == null ? null : tree.asToken()));
      }
      if (parser.nextToken() != null) {
        throw malformed(what, Reason.INVALID_JSON, "something follows the document");
      }
      return tree;
    } catch (StreamConstraintsException e) {
      throw overLimit(parser, what, e.getOriginalMessage());
    } catch (NumberFormatException e) { // of an exponent with more digits than an int
      throw overLimit(parser, what, "a number has an exponent of more than 32 bits");
    }
  }

  private static MalformedRecordException overLimit(
      JsonParser parser, String what, String message) {
    return malformed(
        what,
        Reason.OVER_LIMIT,
        message + " at character " + Math.max(0, parser.currentTokenLocation().getCharOffset()));
  }
}
