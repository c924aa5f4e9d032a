package dev.streambed.jobs.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.jobs.registry.RegistryAvro;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.schemas.avro.AvroFile;
import dev.streambed.schemas.json.JsonTree;
import dev.streambed.schemas.protobuf.MessageDecoder;
import dev.streambed.schemas.protobuf.MessageType;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** The format of the values of the source topic. */
@Internal
public enum TextFormat {
  /** JSON: after text-record.schema.json, or, with a mapping, of any shape. */
  JSON("json"),
  /** Nothing but the text, in UTF-8. */
  PLAIN_TEXT("plain-text"),
  /** Avro in a registry's wire format or, with a schema file, single-object encoding or bare. */
  AVRO("avro"),
  /** Protobuf, bare or in a registry's wire format, after a descriptor set. */
  PROTOBUF("protobuf");

  private final String optionValue;

  TextFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * A decoder of values with fields.
   *
   * @param options for the formats that need them
   * @throws IllegalStateException for a format without fields
   */
  DocumentDecoder open(FormatOptions options) {
    return switch (this) {
      case JSON -> value -> JsonTree.decode(value, RecordMapping.WHAT);
      case AVRO -> avro(options.schema(), options.registry(), RecordMapping.WHAT);
      case PROTOBUF -> protobuf(options.message(), RecordMapping.WHAT);
      case PLAIN_TEXT -> throw new IllegalStateException("Plain text has no fields to map.");
    };
  }

  /** Whether a record is read by a mapping even if the pipeline file has none of its keys. */
  public boolean isAlwaysMapped() {
    return this == AVRO || this == PROTOBUF;
  }

  /**
   * A decoder of Avro.
   *
   * @param schema to read with; null for the one of each record
   * @param registry null if records are not in its wire format; then there is a schema
   */
  static DocumentDecoder avro(
      @Nullable String schema, @Nullable RegistryOptions registry, String what) {
    if (registry == null) {
      return new AvroFile(new Schema.Parser().parse(Objects.requireNonNull(schema)), what)::decode;
    }
    var avro = new RegistryAvro(registry, schema, what);
    return new DocumentDecoder() {
      @Override
      public JsonNode decode(byte[] value) {
        return avro.decode(value);
      }

      @Override
      public void close() {
        avro.close();
      }
    };
  }

  /** A decoder of a message, which is there if the format is Protobuf. */
  static DocumentDecoder protobuf(@Nullable MessageType type, String what) {
    MessageDecoder messages = Objects.requireNonNull(type).open();
    return bytes -> messages.decode(bytes, what);
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
