package dev.streambed.server;

import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.server.dialect.JsonText;
import java.util.Locale;

/** The pages on which a server describes itself. Immutable. */
final class Pages {
  private final ServedModel model;
  private final ServerOptions options;

  Pages(ServedModel model, ServerOptions options) {
    this.model = model;
    this.options = options;
  }

  /** The answer of OpenAI's {@code /v1/models}. */
  byte[] models() {
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeStringField("object", "list");
          json.writeArrayFieldStart("data");
          for (String name : model.names()) {
            json.writeStartObject();
            json.writeStringField("id", name);
            json.writeStringField("object", "model");
            json.writeNumberField("created", 0); // not known
            json.writeStringField("owned_by", "streambed");
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  /** The answer of text-embeddings-inference's {@code /info}. */
  byte[] info() {
    ModelDescription description = model.description();
    RequestLimits limits = options.limits();
    return JsonText.of(
        json -> {
          json.writeStartObject();
          json.writeStringField("model_id", description.name());
          json.writeStringField("model_sha", description.sourceDigest());
          json.writeStringField("model_dtype", lowerCase(description.precision()));
          json.writeStringField("served_model_name", description.name());
          json.writeObjectFieldStart("model_type");
          json.writeObjectFieldStart("embedding");
          json.writeStringField("pooling", lowerCase(description.pooling()));
          json.writeEndObject();
          json.writeEndObject();
          json.writeNumberField("max_concurrent_requests", limits.maxWaiting());
          json.writeNumberField("max_input_length", description.maxTokens());
          json.writeNumberField("max_client_batch_size", limits.maxInputs());
          json.writeBooleanField("auto_truncate", model.truncates());
          json.writeNumberField("tokenization_workers", options.workers());
          json.writeStringField("streambed_space", description.space().toString());
          json.writeArrayFieldStart("prompt_names");
          for (String prompt : description.prompts().keySet()) {
            json.writeString(prompt);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
