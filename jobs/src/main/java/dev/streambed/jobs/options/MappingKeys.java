package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.required;

import dev.streambed.jobs.format.ControlCharacters;
import dev.streambed.jobs.format.Envelope;
import dev.streambed.jobs.format.FormatOptions;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.MetadataMapping;
import dev.streambed.jobs.format.Pointer;
import dev.streambed.jobs.format.Pointer.Target;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.format.SchemaFile;
import dev.streambed.jobs.format.Template;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.protobuf.MessageType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The keys of {@link RecordFormat}, and how they are read. */
final class MappingKeys {

  static final ConfigOption<TextFormat> FORMAT =
      ConfigOptions.key("streambed.source.format")
          .enumType(TextFormat.class)
          .defaultValue(TextFormat.JSON)
          .withDescription(
              "json: each value is a JSON object after text-record.schema.json, or of any shape if"
                  + " one of envelope, text, key, metadata, event-time and prompt is set. plain-text:"
                  + " each value is nothing but the text, in UTF-8. avro: with streambed.registry.url,"
                  + " each value has the id of its schema, as a registry's serialisers write; with"
                  + " streambed.source.schema-file alone, it is in Avro's single-object encoding, or"
                  + " Avro without anything around it. protobuf: each value is a message of"
                  + " streambed.source.message, bare or as a registry's serialisers write it"
                  + " (docs/input.md).");

  static final ConfigOption<String> SCHEMA_FILE =
      ConfigOptions.key("streambed.source.schema-file")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "File with the Avro schema (.avsc) of the values; with a registry, it is the schema to read"
                  + " with, by Avro's rules of schema resolution. For Protobuf, a descriptor set, as"
                  + " protoc --include_imports --descriptor_set_out writes it. It is read where the job"
                  + " is started. A relative path starts at the pipeline file.");

  static final ConfigOption<String> MESSAGE =
      ConfigOptions.key("streambed.source.message")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Full name of the message that Protobuf's values are, such as shop.Article; it is"
                  + " declared in streambed.source.schema-file, a descriptor set (docs/input.md).");

  static final ConfigOption<String> KEY_MESSAGE =
      ConfigOptions.key("streambed.source.key-message")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Full name of the message that the Kafka keys are, with key-format protobuf; it is"
                  + " declared in streambed.source.schema-file, too.");

  static final ConfigOption<Envelope> ENVELOPE =
      ConfigOptions.key("streambed.source.envelope")
          .enumType(Envelope.class)
          .defaultValue(Envelope.NONE)
          .withDescription(
              "none: each value is a document. debezium: each value is one of Debezium's change"
                  + " events; the mapping reads the row as it is after the change, a deleted row"
                  + " deletes the embedding under the record's key, and events that are not about"
                  + " a row are counted and skipped (docs/input.md).");

  static final ConfigOption<String> TEXT =
      ConfigOptions.key("streambed.source.text")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The text to embed, with JSON Pointers in braces, such as '{/title}: {/body}'. Numbers"
                  + " and booleans are taken as JSON writes them, elements of an array on lines of"
                  + " their own, null and absent fields as nothing; {{ is a brace (docs/input.md)."
                  + " {/text} if absent, and either another key of the mapping is set or the format is"
                  + " avro or protobuf.");

  static final ConfigOption<String> KEY =
      ConfigOptions.key("streambed.source.key")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The key inside the embedding's value, as a template like text; the Kafka record's key"
                  + " if absent. The Kafka key of the output is that of the input either way, unless"
                  + " streambed.sink.profile makes another.");

  static final ConfigOption<KeyFormat> KEY_FORMAT =
      ConfigOptions.key("streambed.source.key-format")
          .enumType(KeyFormat.class)
          .defaultValue(KeyFormat.STRING)
          .withDescription(
              "How the Kafka key is read to become the key inside the embedding's value. string:"
                  + " UTF-8; other bytes become base64: and their base64. long: 8 bytes, as Kafka's"
                  + " LongSerializer writes. json: a JSON object or array. avro: Avro with the id of"
                  + " its schema in streambed.registry.url; a record becomes JSON, a scalar text."
                  + " protobuf: a message of streambed.source.key-message, which becomes JSON.");

  static final ConfigOption<List<String>> METADATA =
      ConfigOptions.key("streambed.source.metadata")
          .stringType()
          .asList()
          .noDefaultValue()
          .withDescription(
              "A list of JSON Pointers to what is passed on with the embedding, with its type:"
                  + " /price, or cost: /price to call it otherwise. Or all, for the top-level"
                  + " fields that are neither objects nor arrays.");

  static final ConfigOption<String> EVENT_TIME =
      ConfigOptions.key("streambed.source.event-time")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "JSON Pointer to the time of the text: seconds, milliseconds or microseconds since"
                  + " 1970, told apart by their size, or ISO 8601. The Kafka record's timestamp if"
                  + " absent.");

  static final ConfigOption<String> PROMPT =
      ConfigOptions.key("streambed.source.prompt")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "JSON Pointer to the name of the text's prompt, for topics that mix queries and"
                  + " passages; where it is absent, streambed.model.prompt.");

  static final ConfigOption<ControlCharacters> CONTROL_CHARACTERS =
      ConfigOptions.key("streambed.source.control-characters")
          .enumType(ControlCharacters.class)
          .defaultValue(ControlCharacters.KEEP)
          .withDescription(
              "Control characters other than tab, line feed and carriage return, in the text, the key"
                  + " inside the embedding's value, and metadata. keep: they are passed on; some stores"
                  + " refuse them, such as PostgreSQL U+0000. drop: they are left out. reject: such a"
                  + " record becomes a dead letter.");

  /** A template without quotes is a YAML mapping, and looks like keys that begin so. */
  static final Set<String> TEMPLATES = Set.of(TEXT.key() + ".", KEY.key() + ".");

  private static final String DEFAULT_TEXT = "{/text}";

  static final List<ConfigOption<?>> MAPPING = List.of(TEXT, KEY, METADATA, EVENT_TIME, PROMPT);

  private MappingKeys() {}

  /**
   * Reads the keys.
   *
   * @throws InvalidPipelineException if a pointer or template is malformed, or there is a mapping
   *     for a format without fields
   */
  static RecordFormat read(Configuration file) {
    TextFormat format = file.get(FORMAT);
    KeyFormat keyFormat = file.get(KEY_FORMAT);
    FormatOptions options = options(file, format, keyFormat);
    ControlCharacters controls = file.get(CONTROL_CHARACTERS);
    Envelope envelope = file.get(ENVELOPE);
    if (envelope == Envelope.NONE
        && !format.isAlwaysMapped()
        && MAPPING.stream().noneMatch(option -> file.getOptional(option).isPresent())) {
      return new RecordFormat(format, keyFormat, /* mapping= */ null, controls, options);
    }
    if (format == TextFormat.PLAIN_TEXT) {
      throw withoutFields(file);
    }
    RecordMapping mapping = mapping(file, envelope, options.shape());
    return new RecordFormat(format, keyFormat, mapping, controls, options);
  }

  private static InvalidPipelineException withoutFields(Configuration file) {
    String key = MAPPING.stream().filter(file::contains).findFirst().orElse(ENVELOPE).key();
    return new InvalidPipelineException(
        "Option %s cannot be used with %s plain-text, whose values have no fields: each is nothing but the text. Remove it, or set another format, such as json."
            .formatted(key, FORMAT.key()),
        /* cause= */ null,
        key);
  }

  /** A mapping, with each part checked if something is known of the documents. */
  private static RecordMapping mapping(
      Configuration file, Envelope envelope, DocumentShape documents) {
    DocumentShape inside = parsed(ENVELOPE, envelope, it -> it.inside(documents));
    Template text = parsed(file, TEXT, it -> Template.parse(it).checked(inside));
    return new RecordMapping(
        envelope,
        text == null ? defaultText(inside) : text,
        parsed(file, KEY, it -> Template.parse(it).checked(inside)),
        Objects.requireNonNullElse(
            parsed(file, METADATA, it -> MetadataMapping.parse(it).checked(inside)),
            MetadataMapping.NONE),
        parsed(file, EVENT_TIME, it -> Pointer.parse(it).checked(inside, Target.TIME)),
        parsed(file, PROMPT, it -> Pointer.parse(it).checked(inside, Target.NAME)));
  }

  private static Template defaultText(DocumentShape documents) {
    try {
      return Template.parse(DEFAULT_TEXT).checked(documents);
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(
          "Option %s is missing, and its default does not fit: %s."
              .formatted(TEXT.key(), e.getMessage()),
          e,
          TEXT.key());
    }
  }

  private static FormatOptions options(Configuration file, TextFormat format, KeyFormat keyFormat) {
    RegistryOptions registry = RegistryKeys.read(file, format, keyFormat);
    check(
        keyFormat == KeyFormat.STRING || file.getOptional(KEY).isEmpty(),
        KEY_FORMAT,
        keyFormat.toString(),
        "absent where %s is set, which takes the key from the value".formatted(KEY.key()));
    check(
        keyFormat != KeyFormat.AVRO || registry != null,
        KEY_FORMAT,
        keyFormat.toString(),
        "another one, unless there is streambed.registry.url");
    check(
        keyFormat != KeyFormat.PROTOBUF || format == TextFormat.PROTOBUF,
        KEY_FORMAT,
        keyFormat.toString(),
        "another one, unless format is protobuf");
    if (format != TextFormat.PROTOBUF) {
      checkAbsent(file, MESSAGE, "format", format);
    }
    if (keyFormat != KeyFormat.PROTOBUF) {
      checkAbsent(file, KEY_MESSAGE, "key-format", keyFormat);
    }
    String schema = null;
    MessageType message = null;
    MessageType keyMessage = null;
    switch (format) {
      case AVRO -> {
        schema = parsed(file, SCHEMA_FILE, SchemaFile::avro);
        check(
            schema != null || registry != null,
            FORMAT,
            format.toString(),
            "another one, unless there is streambed.registry.url or streambed.source.schema-file");
      }
      case PROTOBUF -> {
        message = message(file, MESSAGE);
        keyMessage = keyFormat == KeyFormat.PROTOBUF ? message(file, KEY_MESSAGE) : null;
      }
      case JSON, PLAIN_TEXT -> checkAbsent(file, SCHEMA_FILE, "format", format);
    }
    return new FormatOptions(schema, registry, message, keyMessage);
  }

  private static void checkAbsent(
      Configuration file, ConfigOption<String> option, String formatKey, Enum<?> format) {
    check(
        file.getOptional(option).isEmpty(),
        option,
        file.get(option, ""),
        "absent with %s %s, which does not need it".formatted(formatKey, format));
  }

  private static MessageType message(Configuration file, ConfigOption<String> option) {
    String name = required(file, option);
    byte[] descriptors = parsed(SCHEMA_FILE, required(file, SCHEMA_FILE), SchemaFile::descriptors);
    return parsed(option, name, it -> MessageType.find(descriptors, it));
  }

  private static <W, T> @Nullable T parsed(
      Configuration file, ConfigOption<W> option, Function<W, T> parser) {
    W written = file.getOptional(option).orElse(null);
    return written == null ? null : parsed(option, written, parser);
  }

  private static <W, T> T parsed(ConfigOption<W> option, W written, Function<W, T> parser) {
    try {
      return parser.apply(written);
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(
          "Invalid value '%s' for option %s: %s.".formatted(written, option.key(), e.getMessage()),
          e,
          option.key());
    }
  }
}
