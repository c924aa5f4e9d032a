package dev.streambed.server.dialect;

import dev.streambed.schemas.json.FloatText;

/** {@code /embed}, as text-embeddings-inference has it. */
final class TeiDialect implements Dialect {
  private static final int UNPROCESSABLE = 422;
  private static final int FAILED_DEPENDENCY = 424;

  @Override
  public EmbedRequest parse(byte[] body, InputLimits limits) {
    return new RequestParser("inputs", limits).parse(body);
  }

  /** Always a list of vectors, of one input too. */
  @Override
  public byte[] write(EmbedAnswer answer) {
    return JsonText.of(
        json -> {
          json.writeStartArray();
          for (float[] vector : answer.vectors()) {
            FloatText.writeArray(json, vector);
          }
          json.writeEndArray();
        });
  }

  @Override
  public byte[] write(RequestException failure) {
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeStringField("error", failure.explanation());
          json.writeStringField("error_type", type(failure));
          json.writeEndObject();
        });
  }

  @Override
  public int status(RequestException failure) {
    return switch (failure.kind()) {
      case INVALID, NO_SUCH_MODEL -> UNPROCESSABLE;
      case FAILED -> FAILED_DEPENDENCY;
      default -> failure.kind().status();
    };
  }

  private static String type(RequestException failure) {
    return switch (failure.kind()) {
      case EMPTY -> "Empty";
      case BUSY -> "Overloaded";
      case FAILED -> "Backend";
      case UNAVAILABLE -> "Unhealthy";
      default -> "Validation";
    };
  }
}
