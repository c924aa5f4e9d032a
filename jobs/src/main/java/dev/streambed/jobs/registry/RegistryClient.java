package dev.streambed.jobs.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.jobs.registry.RegistryException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A client of a schema registry with Confluent's REST interface: Confluent's own, Apicurio's under
 * {@code /apis/ccompat/v7}, Karapace, Redpanda. It connects when it is asked for something; after a
 * failed login it reads its secrets again. Confined to one thread.
 */
@Internal
public final class RegistryClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;

  /** Characters of a message that are passed on. */
  private static final int MOST_WORDS = 500;

  /** The registry's codes for: no such subject, version, schema. A proxy's 404 has none. */
  private static final List<Integer> UNKNOWN = List.of(40401, 40402, 40403);

  private final RegistryOptions options;
  private @Nullable RegistryConnection connection;

  public RegistryClient(RegistryOptions options) {
    this.options = options;
  }

  /** The schema of an id. */
  public RegistrySchema schema(int id) throws RegistryException, InterruptedException {
    return schema(ask("/schemas/ids/" + id, /* body= */ null));
  }

  /** A version of a subject, as references name them. */
  public RegistrySchema schema(String subject, int version)
      throws RegistryException, InterruptedException {
    return schema(ask(subjectPath(subject) + "/versions/" + version, /* body= */ null));
  }

  /**
   * The id of a schema that a subject has.
   *
   * @throws RegistryException of kind UNKNOWN if there is no such subject, or it has it not
   */
  public int find(String subject, RegistrySchema schema)
      throws RegistryException, InterruptedException {
    return id(ask(subjectPath(subject), body(schema)));
  }

  /**
   * Registers a schema, or finds it there.
   *
   * @return its id
   */
  public int register(String subject, RegistrySchema schema)
      throws RegistryException, InterruptedException {
    return id(ask(subjectPath(subject) + "/versions", body(schema)));
  }

  private static int id(JsonNode answer) throws RegistryException {
    if (!answer.path("id").isInt()) {
      throw new RegistryException(
          Kind.REFUSED,
          "it does not take the schema (%d): %s"
              .formatted(answer.path("error_code").asInt(), ownWords(answer)),
          /* cause= */ null);
    }
    return answer.path("id").intValue();
  }

  /** Whether the subject's rule of compatibility lets a schema follow its latest version. */
  public boolean isCompatible(String subject, RegistrySchema schema)
      throws RegistryException, InterruptedException {
    JsonNode answer =
        ask("/compatibility" + subjectPath(subject) + "/versions/latest", body(schema));
    if (!answer.path("is_compatible").isBoolean()) {
      throw refusal("does not compare the schema", answer);
    }
    return answer.path("is_compatible").booleanValue();
  }

  /** Asks for the types of schemas, to see whether it answers and lets the job in. */
  public void check() throws RegistryException, InterruptedException {
    JsonNode types = ask("/schemas/types", /* body= */ null);
    if (!types.isArray()) {
      throw refusal("does not answer as a schema registry", types);
    }
  }

  private static String subjectPath(String subject) {
    return "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static RegistrySchema schema(JsonNode answer) throws RegistryException {
    if (!answer.path("schema").isTextual()) {
      throw refusal("gives no schema", answer);
    }
    List<RegistrySchema.Reference> references = new ArrayList<>();
    for (JsonNode reference : answer.path("references")) {
      references.add(
          new RegistrySchema.Reference(
              reference.path("name").asText(),
              reference.path("subject").asText(),
              reference.path("version").asInt()));
    }
    return new RegistrySchema(
        answer.path("schemaType").asText(RegistrySchema.AVRO),
        answer.path("schema").textValue(),
        references);
  }

  private static String body(RegistrySchema schema) {
    ObjectNode body = JSON.createObjectNode();
    body.put("schema", schema.text());
    if (!schema.type().equals(RegistrySchema.AVRO)) {
      body.put("schemaType", schema.type());
    }
    if (!schema.references().isEmpty()) {
      body.set("references", JSON.valueToTree(schema.references()));
    }
    return body.toString();
  }

  /** The answer of the first address that gives one. */
  private JsonNode ask(String path, @Nullable String body)
      throws RegistryException, InterruptedException {
    RegistryException failure = null;
    for (String url : options.urls()) {
      try {
        return answer(connection().send(url.replaceFirst("/+$", "") + path, body));
      } catch (SSLException e) {
        failure =
            new RegistryException(
                Kind.LOGIN,
                "cannot agree on TLS with %s: %s; streambed.registry.ssl.truststore.location must hold its certificate or that of its authority, issued for this address"
                    .formatted(url, e.getMessage()),
                e);
      } catch (IOException e) {
        failure =
            new RegistryException(
                Kind.OUTAGE, "%s does not answer: %s".formatted(url, words(e)), e);
      } catch (RegistryException e) {
        if (e.kind() == Kind.UNKNOWN) {
          throw e;
        }
        failure = e;
      }
    }
    if (connection != null && failure != null && failure.kind() == Kind.LOGIN) {
      connection.renewLogin(options); // for the next request
    }
    throw Optional.ofNullable(failure).orElseThrow();
  }

  /** Java's client gives no message to what it finds most often. */
  private static String words(IOException failure) {
    if (failure instanceof HttpTimeoutException) {
      return "it takes too long";
    }
    if (failure instanceof ConnectException && failure.getMessage() == null) {
      return "its host is unknown, or nothing listens there";
    }
    return String.valueOf(failure.getMessage());
  }

  private RegistryConnection connection() throws RegistryException {
    if (connection == null) {
      connection = new RegistryConnection(options);
    }
    return connection;
  }

  private static JsonNode answer(HttpResponse<byte[]> response) throws RegistryException {
    String url = response.uri().toString();
    int status = response.statusCode();
    if (status == UNAUTHORIZED || status == FORBIDDEN) {
      throw new RegistryException(
          Kind.LOGIN,
          "%s refuses the login with status %d; look at streambed.registry.username, password and bearer-token, and at the rights of their user"
              .formatted(url, status),
          /* cause= */ null);
    }
    JsonNode answer = json(response);
    int code = answer == null ? 0 : answer.path("error_code").asInt();
    if (status == NOT_FOUND && UNKNOWN.contains(code)) {
      throw new RegistryException(
          Kind.UNKNOWN, "the registry does not know it (%d)".formatted(code), /* cause= */ null);
    }
    boolean isVerdict = status == CONFLICT || status == UNPROCESSABLE;
    if (answer == null || (status / 100 != 2 && !isVerdict)) {
      throw new RegistryException(
          Kind.OUTAGE,
          "%s answers with status %d and %s, not as a schema registry does"
              .formatted(
                  url,
                  status,
                  response.headers().firstValue("Content-Type").orElse("no content type")),
          /* cause= */ null);
    }
    return answer;
  }

  private static @Nullable JsonNode json(HttpResponse<byte[]> response) {
    try {
      JsonNode tree = JSON.readTree(response.body());
      return tree.isContainerNode() ? tree : null;
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read JSON in memory.", e);
    }
  }

  /** The registry's message about a schema, without secrets. */
  private static String ownWords(JsonNode answer) {
    String message = answer.path("message").asText("no reason");
    return message
        .substring(0, Math.min(MOST_WORDS, message.length()))
        .replaceAll("\\p{Cntrl}+", " ");
  }

  private static RegistryException refusal(String what, JsonNode answer) {
    return new RegistryException(
        Kind.OUTAGE,
        "it %s (%d)".formatted(what, answer.path("error_code").asInt()),
        /* cause= */ null);
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
