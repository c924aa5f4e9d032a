package dev.streambed.jobs.registry;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.jobs.registry.RegistryException.Kind;
import dev.streambed.jobs.registry.RegistrySchema.Reference;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.avro.AvroTree;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of a registry by their ids, each asked for once, as decoders of what was written with
 * them. Confined to one thread.
 */
final class AvroSchemas implements AutoCloseable {
  /** A schema may be registered after the first record that has it. */
  private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);

  /** Ids that are remembered; those of a topic are few, those of nonsense many. */
  private static final int MOST_IDS = 1000;

  private final RegistryClient client;
  private final Clock clock;
  private final @Nullable Schema reader;
  private final String what;
  private final Map<Integer, AvroTree> trees = new HashMap<>();
  private final Map<Integer, Refusal> refusals = new HashMap<>();

  /** Why records with an id are malformed, and until when that holds. */
  private record Refusal(MalformedRecordException failure, long untilMillis) {}

  /**
   * The schemas of a registry.
   *
   * @param reader the schema to read with, as JSON; null for that of each record
   * @param what names the bytes in messages: {@code record}
   */
  AvroSchemas(RegistryClient client, Clock clock, @Nullable String reader, String what) {
    this.client = client;
    this.clock = clock;
    this.reader = reader == null ? null : new Schema.Parser().parse(reader);
    this.what = what;
  }

  static boolean hasId(byte[] value) {
    return value.length >= ForeignFormat.REGISTRY_PREFIX_BYTES && value[0] == 0;
  }

  /**
   * The id of a value's schema.
   *
   * @throws MalformedRecordException if it does not begin with one
   */
  int id(byte[] value) {
    if (!hasId(value)) {
      throw malformed(
          what,
          Reason.INVALID_AVRO,
          "its %d bytes do not begin with a zero byte and the id of a schema"
                  .formatted(value.length)
              + ForeignFormat.describeInBinary(value, what));
    }
    return ByteBuffer.wrap(value).getInt(1);
  }

  /** The decoder of an id that was asked for before; null if there is none yet. */
  @Nullable AvroTree known(int id) {
    return trees.get(id);
  }

  /** Whether {@link #ask} answers without asking the registry. */
  boolean knows(int id) {
    return id < 0 || trees.containsKey(id) || refusal(id) != null;
  }

  private @Nullable Refusal refusal(int id) {
    Refusal refusal = refusals.get(id);
    return refusal != null && clock.millis() < refusal.untilMillis() ? refusal : null;
  }

  /**
   * The decoder of an id.
   *
   * @throws MalformedRecordException if the registry does not know its schema, or has none of Avro
   * @throws RegistryException if the registry does not answer
   */
  AvroTree ask(int id) throws RegistryException, InterruptedException {
    Refusal refusal = refusal(id);
    if (refusal != null) {
      throw refusal.failure();
    }
    try {
      AvroTree tree = load(id);
      makeRoom(trees);
      trees.put(id, tree);
      return tree;
    } catch (MalformedRecordException e) {
      makeRoom(refusals);
      refusals.put(id, new Refusal(e, clock.millis() + UNKNOWN_FOR.toMillis()));
      throw e;
    }
  }

  private static void makeRoom(Map<Integer, ?> map) {
    if (map.size() >= MOST_IDS) {
      map.clear();
    }
  }

  private AvroTree load(int id) throws RegistryException, InterruptedException {
    if (id < 0) {
      throw malformed(what, Reason.UNKNOWN_SCHEMA, "the id of its schema is negative");
    }
    RegistrySchema schema;
    Schema.Parser parser = new Schema.Parser();
    try {
      schema = client.schema(id);
      if (schema.type().equals(RegistrySchema.AVRO)) {
        parseReferences(id, schema, parser, new HashSet<>());
      }
    } catch (RegistryException e) {
      if (e.kind() != Kind.UNKNOWN) {
        throw e;
      }
      throw malformed(
          what,
          Reason.UNKNOWN_SCHEMA,
          "the registry does not know its schema %d, or one that it refers to".formatted(id));
    }
    if (!schema.type().equals(RegistrySchema.AVRO)) {
      throw malformed(
          what,
          Reason.UNKNOWN_SCHEMA,
          "its schema %d is of type %s in the registry, not AVRO; look at streambed.source.format"
              .formatted(id, schema.type()));
    }
    return new AvroTree(parse(id, schema, parser), reader, what);
  }

  /** Parses what a schema uses before the schema, each once. */
  private void parseReferences(
      int id, RegistrySchema schema, Schema.Parser parser, Set<Reference> seen)
      throws RegistryException, InterruptedException {
    for (Reference reference : schema.references()) {
      Reference unnamed = new Reference("", reference.subject(), reference.version());
      if (seen.add(unnamed)) {
        RegistrySchema used = client.schema(reference.subject(), reference.version());
        parseReferences(id, used, parser, seen);
        var unused = parse(id, used, parser);
      }
    }
  }

  private Schema parse(int id, RegistrySchema schema, Schema.Parser parser) {
    try {
      return parser.parse(schema.text());
    } catch (AvroRuntimeException | NullPointerException e) {
      // Its message has the schema. Avro 1.12.1 throws the latter for an unknown type.
      throw malformed(
          what,
          Reason.UNKNOWN_SCHEMA,
          "its schema %d in the registry, or one that it refers to, is no valid Avro"
              .formatted(id));
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
