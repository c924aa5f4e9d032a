package dev.streambed.server.dialect;

import dev.streambed.schemas.json.FloatText;
import dev.streambed.server.dialect.EmbedRequest.Encoding;

/** {@code /v1/embeddings}, as OpenAI's API describes it, and its own clients read it. */
final class OpenAiDialect implements Dialect {
  @Override
  public EmbedRequest parse(byte[] body, InputLimits limits) {
    EmbedRequest request = new RequestParser("input", limits).parse(body);
    if (request.model() == null) {
      throw RequestException.invalid("model", "The body has no 'model'.");
    }
    return request;
  }

  @Override
  public byte[] write(EmbedAnswer answer) {
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeStringField("object", "list");
          json.writeArrayFieldStart("data");
          for (int i = 0; i < answer.vectors().size(); i++) {
            json.writeStartObject();
            json.writeStringField("object", "embedding");
            json.writeNumberField("index", i);
            json.writeFieldName("embedding");
            if (answer.encoding() == Encoding.BASE64) {
              JsonText.writeBase64(json, answer.vectors().get(i));
            } else {
              FloatText.writeArray(json, answer.vectors().get(i));
            }
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeStringField("model", answer.model());
          json.writeObjectFieldStart("usage");
          json.writeNumberField("prompt_tokens", answer.tokens());
          json.writeNumberField("total_tokens", answer.tokens());
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  /** Clients show nothing of an error without this nesting, and want all four fields. */
  @Override
  public byte[] write(RequestException failure) {
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeObjectFieldStart("error");
          json.writeStringField("message", failure.explanation());
          json.writeStringField("type", type(failure));
          json.writeStringField("param", failure.field());
          json.writeStringField("code", code(failure));
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  @Override
  public int status(RequestException failure) {
    return failure.kind().status();
  }

  private static String type(RequestException failure) {
    return switch (failure.kind()) {
      case BUSY -> "requests";
      case FAILED, UNAVAILABLE -> "server_error";
      default -> "invalid_request_error";
    };
  }

  private static @org.jspecify.annotations.Nullable String code(RequestException failure) {
    return switch (failure.kind()) {
      case BAD_KEY -> "invalid_api_key";
      case NO_SUCH_MODEL -> "model_not_found";
      case BUSY -> "rate_limit_exceeded";
      default -> null;
    };
  }
}
