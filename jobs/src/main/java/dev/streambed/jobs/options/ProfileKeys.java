package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.options.BatchKeys.ChunkingKeys;
import dev.streambed.jobs.options.flink.OptionType;
import dev.streambed.jobs.options.policy.LongTextPolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.MetadataType;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The keys of {@link ProfileOptions}, and how they are read. */
final class ProfileKeys {

  static final ConfigOption<ProfileName> PROFILE =
      ConfigOptions.key("streambed.sink.profile")
          .enumType(ProfileName.class)
          .defaultValue(ProfileName.CANONICAL)
          .withDescription(
              "The form of embeddings for those who take them (docs/output.md). canonical: the"
                  + " record as its published schemas have it. flat: a JSON object of one level, with"
                  + " id, embedding, text, the metadata, and all else under streambed_… . connect-json:"
                  + " flat, with the schema that Kafka Connect's JsonConverter reads. qdrant, milvus,"
                  + " elasticsearch, opensearch, redis-json, weaviate: as the connector of that store"
                  + " takes it. connect-json and the stores but Milvus make the Kafka key of the id, too."
                  + " All but canonical need a key, or a record becomes a dead letter.");

  static final ConfigOption<VectorEncoding> ENCODING =
      ConfigOptions.key("streambed.sink.encoding")
          .enumType(VectorEncoding.class)
          .defaultValue(VectorEncoding.FLOAT32)
          .withDescription(
              "How vectors are written (docs/output.md). float32: numbers. float32-bytes: the same as"
                  + " bytes, little-endian, with format avro. base64: these bytes, in JSON. Less"
                  + " exact: int8, a signed byte per component and a scale; binary, a bit per"
                  + " component.");

  static final ConfigOption<String> SUBJECT =
      ConfigOptions.key("streambed.sink.subject")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Subject of the schema registry that has the schema of embeddings, such as"
                  + " embeddings-value, as Confluent's serialisers call that of topic embeddings. The"
                  + " job registers the schema there when it starts, and values have the registry's"
                  + " wire format. For format avro and protobuf; no registry takes part if absent.");

  static final ConfigOption<Map<String, String>> FIELDS =
      ConfigOptions.key("streambed.sink.fields")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Other names for the profile's fields, such as id: doc_id and embedding: vec."
                  + " Names of metadata are given in streambed.source.metadata.");

  static final ConfigOption<Map<String, String>> METADATA_TYPES =
      ConfigOptions.key("streambed.sink.metadata-types")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "For connect-json, and flat in Avro, whose schema is the same for each record: the type of each name in"
                  + " metadata, such as price: double. string, long, double or boolean; string[] and"
                  + " so on for arrays. Names in streambed.source.metadata that are not here are"
                  + " strings. A record with another name, or a value of another type, becomes a dead"
                  + " letter.");

  static final Set<String> MAPS = Set.of(FIELDS.key() + ".", METADATA_TYPES.key() + ".");

  private static final String TEXT = "text";
  private static final String ENCODING_FIELD = "streambed_encoding";

  private static final String DOCUMENT_FIELD = "streambed_document";
  private static final String CHUNK_FIELDS = "streambed_chunk_";

  /** Begins also the names of the scales of other vectors. */
  private static final String SCALE_FIELD = "streambed_scale";

  private ProfileKeys() {}

  /**
   * Reads the keys.
   *
   * @param source the format of the records that are read
   * @throws InvalidPipelineException if they do not fit it, the format of embeddings, or one
   *     another
   */
  static ProfileOptions read(Configuration file, RecordFormat source) {
    ProfileName name = file.get(PROFILE);
    Map<String, String> fields = file.get(FIELDS);
    Map<String, String> types = file.get(METADATA_TYPES);
    checkAbsent(
        FIELDS,
        name == ProfileName.CANONICAL ? fields.keySet() : Set.of(),
        "with profile canonical, whose names are fixed");
    EmbeddingFormat format = file.get(JobOptions.SINK_FORMAT);
    boolean isFlatAvro = name == ProfileName.FLAT && format == EmbeddingFormat.AVRO;
    boolean hasColumns = name == ProfileName.CONNECT_JSON || isFlatAvro;
    checkAbsent(
        METADATA_TYPES,
        hasColumns ? Set.of() : types.keySet(),
        "with profile %s, whose metadata have the types that they come with".formatted(name));
    VectorEncoding encoding = encoding(file, name, isFlatAvro);
    RecordMapping mapping = source.mapping();
    checkDeletions(file, name, mapping);

    checkNames(name, fields);
    Set<String> metadata = mapping == null ? Set.of() : mapping.metadata().names();
    checkWritten(file, hasColumns, encoding, metadata);
    types.forEach(
        (of, type) ->
            parsed(
                METADATA_TYPES.key() + "." + of,
                type,
                () -> ProfileOptions.types(Map.of(of, type), Set.of())));
    checkTyped(types.keySet(), source);
    Map<String, String> all = ChunkingKeys.withHeadings(file, types);
    Map<String, MetadataType> typed = hasColumns ? ProfileOptions.types(all, metadata) : Map.of();
    var whole = new ProfileOptions(name, encoding, fields, typed);
    ProfileOptions options = splits(file) ? whole.ofChunks() : whole;
    Set<String> names = new TreeSet<>(metadata);
    names.addAll(all.keySet());
    return parsed(PROFILE.key(), name, () -> options.checkMetadata(names));
  }

  /** Refuses a type of metadata that no record has. */
  private static void checkTyped(Set<String> names, RecordFormat source) {
    RecordMapping mapping = source.mapping();
    if (mapping != null) {
      Set<String> others = new TreeSet<>(names);
      others.removeIf(mapping.metadata()::mayHave);
      Set<String> all = new TreeSet<>(mapping.metadata().names());
      checkAbsent(
          METADATA_TYPES,
          others,
          "as %s %s"
              .formatted(
                  MappingKeys.METADATA.key(),
                  all.isEmpty() ? "is not set" : "has only " + String.join(", ", all)));
    }
    checkAbsent(
        METADATA_TYPES,
        source.value() == TextFormat.PLAIN_TEXT ? names : Set.of(),
        "with a source of format plain-text, whose records have no metadata");
  }

  /** How vectors are written, which format and profile must take. */
  private static VectorEncoding encoding(Configuration file, ProfileName name, boolean isFlatAvro) {
    EmbeddingFormat format = file.get(JobOptions.SINK_FORMAT);
    check(
        name == ProfileName.CANONICAL || format == EmbeddingFormat.JSON || isFlatAvro,
        JobOptions.SINK_FORMAT,
        format.toString(),
        name == ProfileName.FLAT
            ? "json or avro with profile flat"
            : "json with profile %s".formatted(name));
    check(
        !isFlatAvro || file.getOptional(SUBJECT).isPresent(),
        JobOptions.SINK_FORMAT,
        format.toString(),
        "json with profile flat, unless %s says where readers find the schema"
            .formatted(SUBJECT.key()));
    VectorEncoding encoding = file.get(ENCODING);
    check(
        format.takes(encoding),
        ENCODING,
        encoding.toString(),
        "%s with format %s".formatted(those(format::takes), format));
    check(
        name.takes(encoding),
        ENCODING,
        encoding.toString(),
        "%s with profile %s".formatted(those(name::takes), name));
    return encoding;
  }

  private static String those(Predicate<VectorEncoding> taken) {
    return Arrays.stream(VectorEncoding.values())
        .filter(taken)
        .map(String::valueOf)
        .collect(Collectors.joining(" or "));
  }

  private static void checkAbsent(
      ConfigOption<Map<String, String>> option, Set<String> names, String why) {
    if (!names.isEmpty()) {
      String key = option.key() + "." + new TreeSet<>(names).first();
      throw new InvalidPipelineException(
          "Option %s has no effect %s. Remove it.".formatted(key, why), /* cause= */ null, key);
    }
  }

  /**
   * Refuses other names for fields that no record has, unless they make room for metadata. Fields
   * that depend on the model, such as the prompt, are taken: the model may change.
   */
  private static void checkWritten(
      Configuration file, boolean hasColumns, VectorEncoding encoding, Set<String> metadata) {
    Set<String> fields = new TreeSet<>(file.get(FIELDS).keySet());
    fields.removeAll(metadata);
    boolean hasText = file.get(JobOptions.SINK_INCLUDE_TEXT);
    // A schema has the text all the same.
    checkAbsent(
        FIELDS,
        hasText || hasColumns || !fields.contains(TEXT) ? Set.of() : Set.of(TEXT),
        "with %s false: no embedding has its text".formatted(JobOptions.SINK_INCLUDE_TEXT.key()));
    Set<String> ofChunks = new TreeSet<>(fields);
    ofChunks.removeIf(field -> splits(file) || !isOfChunk(field));
    checkAbsent(
        FIELDS,
        ofChunks,
        "unless %s is split: no embedding has such a field".formatted(ChunkingKeys.MODE.key()));
    Set<String> ofEncoding = new TreeSet<>(fields);
    ofEncoding.removeIf(
        field ->
            field.equals(ENCODING_FIELD)
                ? encoding != VectorEncoding.FLOAT32
                : !field.startsWith(SCALE_FIELD) || encoding == VectorEncoding.INT8);
    checkAbsent(
        FIELDS,
        ofEncoding,
        "with %s %s, whose embeddings have no such field".formatted(ENCODING.key(), encoding));
  }

  private static boolean splits(Configuration file) {
    return file.get(ChunkingKeys.MODE) == LongTextPolicy.SPLIT;
  }

  private static boolean isOfChunk(String field) {
    return field.equals(DOCUMENT_FIELD) || field.startsWith(CHUNK_FIELDS);
  }

  /** Refuses what would leave embeddings of rejected records where they are. */
  private static void checkDeletions(
      Configuration file, ProfileName name, @Nullable RecordMapping mapping) {
    RejectedPolicy onRejected = file.get(JobOptions.SINK_ON_REJECTED);
    check(
        onRejected == RejectedPolicy.KEEP
            || !name.makesKeys()
            || mapping == null
            || mapping.key() == null,
        JobOptions.SINK_ON_REJECTED,
        onRejected.toString(),
        "keep with profile %s and %s: the Kafka key is made of what a rejected record does not tell"
            .formatted(name, MappingKeys.KEY.key()));
  }

  /** Names the entry that is wrong, if one is; two that are right alone may not go together. */
  private static void checkNames(ProfileName name, Map<String, String> fields) {
    try {
      var unused = new ProfileOptions(name, fields, Map.of());
    } catch (IllegalArgumentException e) {
      fields.forEach(
          (field, other) ->
              parsed(
                  FIELDS.key() + "." + field,
                  other,
                  () -> new ProfileOptions(name, Map.of(field, other), Map.of())));
      throw new InvalidPipelineException(
          "Invalid value for option %s: %s.".formatted(FIELDS.key(), e.getMessage()),
          e,
          FIELDS.key());
    }
  }

  private static <T> T parsed(String key, Object written, Supplier<T> parser) {
    try {
      return parser.get();
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s: %s."
              .formatted(OptionType.written(written), key, e.getMessage()),
          e,
          key);
    }
  }
}
