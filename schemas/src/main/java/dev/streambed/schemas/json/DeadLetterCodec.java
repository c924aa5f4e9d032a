package dev.streambed.schemas.json;

import static dev.streambed.schemas.json.StrictJson.required;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Omission;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Dead letters as JSON after {@code dead-letter.schema.json}; bytes are base64. */
@API(status = API.Status.EXPERIMENTAL)
public final class DeadLetterCodec {

  static final int VERSION = 1;
  private static final String WHAT = "dead letter";
  private static final List<String> PROPERTIES =
      List.of(
          "schemaVersion",
          "stage",
          "reason",
          "message",
          "source",
          "timestampMillis",
          "key",
          "value",
          "headers",
          "omissions");

  private DeadLetterCodec() {}

  /** One JSON object; properties that have no value are left out. */
  public static byte[] encodeJson(DeadLetter letter) {
    return JsonText.write(
        json -> {
          SourceRecord record = letter.record();
          json.writeNumberField("schemaVersion", VERSION);
          json.writeStringField("stage", JsonText.enumName(letter.stage()));
          json.writeStringField("reason", letter.reason());
          json.writeStringField("message", letter.message());
          JsonText.writePosition(json, "source", record.position());
          json.writeNumberField("timestampMillis", record.timestampMillis());
          JsonText.writeOptional(json, "key", record.key());
          JsonText.writeOptional(json, "value", record.value());
          writeHeaders(json, record.headers());
          writeOmissions(json, letter.omissions());
        });
  }

  public static DeadLetter decodeJson(byte[] value) {
    var fields = new Fields();
    StrictJson.read(value, WHAT, PROPERTIES, fields::read);
    required(fields.version, WHAT, "schemaVersion");
    var record =
        new SourceRecord(
            required(fields.source, WHAT, "source"),
            required(fields.timestampMillis, WHAT, "timestampMillis"),
            fields.key,
            fields.value,
            required(fields.headers, WHAT, "headers"));
    return new DeadLetter(
        required(fields.stage, WHAT, "stage"),
        required(fields.reason, WHAT, "reason"),
        required(fields.message, WHAT, "message"),
        record,
        required(fields.omissions, WHAT, "omissions"));
  }

  private static void writeHeaders(JsonGenerator json, List<RecordHeader> headers)
      throws IOException {
    json.writeArrayFieldStart("headers");
    for (RecordHeader header : headers) {
      json.writeStartObject();
      json.writeStringField("key", header.key());
      JsonText.writeOptional(json, "value", header.value());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeOmissions(JsonGenerator json, List<Omission> omissions)
      throws IOException {
    json.writeArrayFieldStart("omissions");
    for (Omission omission : omissions) {
      json.writeStartObject();
      json.writeStringField("part", JsonText.enumName(omission.part()));
      json.writeNumberField("bytes", omission.bytes());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** The properties that were read so far. */
  private static final class Fields {
    private @Nullable Integer version;
    private @Nullable Stage stage;
    private @Nullable String reason;
    private @Nullable String message;
    private @Nullable SourcePosition source;
    private @Nullable Long timestampMillis;
    private byte @Nullable [] key;
    private byte @Nullable [] value;
    private @Nullable List<RecordHeader> headers;
    private @Nullable List<Omission> omissions;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "schemaVersion" -> version = json.readVersion(VERSION);
        case "stage" -> stage = json.readEnum(property, Stage.class);
        case "reason" -> reason = json.readNonEmptyString(property);
        case "message" -> message = json.readString(property);
        case "source" -> source = JsonText.readPosition(json, property);
        case "timestampMillis" -> timestampMillis = json.readLong(property);
        case "key" -> key = json.readOptionalBytes(property);
        case "value" -> value = json.readOptionalBytes(property);
        case "headers" -> headers = readHeaders(json);
        case "omissions" -> omissions = readOmissions(json);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static List<RecordHeader> readHeaders(StrictJson json) throws IOException {
      List<RecordHeader> headers = new ArrayList<>();
      json.readArray(
          "headers",
          element -> {
            var header = new HeaderFields();
            element.readObject("a header", header::read);
            headers.add(new RecordHeader(required(header.key, WHAT, "headers.key"), header.value));
          });
      return headers;
    }

    private static List<Omission> readOmissions(StrictJson json) throws IOException {
      List<Omission> omissions = new ArrayList<>();
      json.readArray(
          "omissions",
          element -> {
            var omission = new OmissionFields();
            element.readObject("an omission", omission::read);
            omissions.add(
                new Omission(
                    required(omission.part, WHAT, "omissions.part"),
                    required(omission.bytes, WHAT, "omissions.bytes")));
          });
      return omissions;
    }
  }

  private static final class HeaderFields {
    private @Nullable String key;
    private byte @Nullable [] value;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "key" -> key = json.readString("headers.key");
        case "value" -> value = json.readOptionalBytes("headers.value");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class OmissionFields {
    private @Nullable Part part;
    private @Nullable Integer bytes;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "part" -> part = json.readEnum("omissions.part", Part.class);
        case "bytes" -> bytes = json.readInt("omissions.bytes");
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
