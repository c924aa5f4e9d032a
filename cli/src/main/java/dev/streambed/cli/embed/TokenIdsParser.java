package dev.streambed.cli.embed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.cli.embed.InputLine.Problem;
import dev.streambed.embedder.TokenIds;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a JSON array of token ids.
 *
 * @param maxTokens most ids; more are refused, not cut off: the sender of ids counts them
 */
record TokenIdsParser(int maxTokens) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .withCoercionConfigDefaults(
              config -> config.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
          .build();

  /** The ids; empty if the line does not hold any. */
  Optional<TokenIds> parse(String line) {
    try {
      long[] ids = JSON.readValue(line, long[].class);
      if (ids == null || ids.length == 0 || ids.length > maxTokens) {
        return Optional.empty();
      }
      boolean valid = Arrays.stream(ids).allMatch(id -> id >= 0);
      return valid ? Optional.of(new TokenIds(ids, /* truncated= */ false)) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty(); // its message quotes the line
    }
  }

  Problem problem() {
    return new Problem(
        "INVALID_TOKEN_IDS",
        "The line is not a JSON array of 1 to %d token ids (whole numbers from 0)."
            .formatted(maxTokens));
  }
}
