package dev.streambed.query;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.json.JsonTree;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Tells by the first bytes of a value in which form it is, and decodes it. Confined to one thread.
 */
final class EmbeddingDecoder {
  static final String WHAT = "embedding record";
  static final String SPACE_HEADER = "streambed-space";

  private static final String VERSION = "schemaVersion";
  private static final int AVRO_MARKER = 0xC3;
  private static final int REGISTRY_MARKER = 0;

  private final MessageForm messages = new MessageForm();
  private final FlatForm flat;

  /** Decodes records of profiles whose fields may be called otherwise. */
  EmbeddingDecoder(Map<String, String> fields) {
    this.flat = new FlatForm(fields);
  }

  /** The fields of records in profiles, under the names that they have there. */
  SeenNames seenFields() {
    return flat.seen();
  }

  /**
   * Refuses names of fields that no profile has.
   *
   * @throws IllegalArgumentException if there are any, with a message for users
   */
  static void checkFields(Map<String, String> fields) {
    var unused = new ProfileOptions(ProfileName.FLAT, fields, Map.of());
  }

  /**
   * The embedding of a record that is no tombstone. The space in the header is looked at before the
   * value is.
   *
   * @param space that it must be of; null for any
   * @throws MalformedRecordException if it is no embedding
   * @throws IllegalArgumentException if it is of another space
   */
  EmbeddingRecord decode(ConsumerRecord<byte[], byte[]> record, @Nullable VectorSpace space) {
    String place = record.topic() + "-" + record.partition() + "@" + record.offset();
    Header header = record.headers().lastHeader(SPACE_HEADER);
    String announced = header == null ? null : Utf8.decodeOrNull(header.value());
    if (header != null) {
      check(announced, space, place);
    }
    EmbeddingRecord embedding;
    try {
      embedding = decode(record.value());
    } catch (MalformedRecordException e) {
      throw e.with("It is " + place + ".");
    }
    String found = embedding.provenance().space();
    if (header == null) {
      check(found, space, place);
    } else if (found != null && !found.equals(announced)) {
      throw malformed(
          WHAT,
          Reason.INVALID_VALUE,
          "the header %s of %s names another space than the value, which is of %s"
              .formatted(SPACE_HEADER, place, Utf8.printable(found)));
    }
    checkLength(found == null ? announced : found, embedding.dimensions(), place);
    for (OtherVector other : embedding.others()) {
      checkLength(other.space(), other.dimensions(), place);
    }
    return embedding;
  }

  /** A vector that is longer or shorter than those of its space compares with none of them. */
  private static void checkLength(@Nullable String space, int length, String place) {
    if (space == null || space.endsWith("dimensions=" + length)) {
      return;
    }
    int ofSpace;
    try {
      ofSpace = VectorSpace.parse(space).dimensions();
    } catch (IllegalArgumentException e) {
      return; // an address of somebody else
    }
    if (ofSpace != length) {
      throw malformed(
          WHAT,
          Reason.INVALID_VALUE,
          "a vector of %s has %d components, those of its space %s have %d"
              .formatted(place, length, Utf8.printable(space), ofSpace));
    }
  }

  private static void check(@Nullable String found, @Nullable VectorSpace space, String place) {
    if (space == null || space.toString().equals(found)) {
      return;
    }
    if (found == null) {
      throw new IllegalArgumentException(
          "The vector of %s does not say its space, as in records of version 1, so nobody can tell whether it compares with %s."
              .formatted(place, space));
    }
    try {
      space.requireSame(VectorSpace.parse(found));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + " The first is that of " + place + ".", e);
    }
  }

  /** The embedding of a value of any form. */
  EmbeddingRecord decode(byte[] value) {
    int first = value.length == 0 ? -1 : value[0] & 0xFF;
    return switch (first) {
      case '{' -> json(value);
      case AVRO_MARKER -> EmbeddingRecordAvro.decode(value);
      case REGISTRY_MARKER -> registered(value);
      case -1 -> throw malformed(WHAT, Reason.WRONG_TYPE, "it has no bytes");
      default -> messages.decode(value);
    };
  }

  private EmbeddingRecord json(byte[] value) {
    JsonNode tree = JsonTree.decode(value, WHAT);
    return tree.has(VERSION) ? EmbeddingRecordCodec.decodeJson(value) : flat.decode(tree);
  }

  private EmbeddingRecord registered(byte[] value) {
    try {
      return messages.decode(value);
    } catch (MalformedRecordException e) {
      return registeredAvro(value);
    }
  }

  private static EmbeddingRecord registeredAvro(byte[] value) {
    try {
      return EmbeddingRecordAvro.decodeRegistered(value);
    } catch (MalformedRecordException e) {
      throw malformed(
          WHAT,
          Reason.INCOMPATIBLE_SCHEMA,
          "it begins as the serialisers of a schema registry write, and follows none of Streambed's published schemas: records of profile flat in Avro have a schema of their own, which the registry has, so read them with its deserialiser");
    }
  }
}
