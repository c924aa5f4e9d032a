package dev.streambed.jobs.kafka.written;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.json.JsonTree;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Finds the document of a Kafka key in the topic of embeddings.
 *
 * @param name of the profile
 * @param profile whose keys they are
 * @param splits whether they are keys of chunks
 */
@Internal
public record WrittenKeys(ProfileName name, Profile profile, boolean splits)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final byte CHUNK = '#';
  private static final int MAX_DIGITS = 9; // of an int

  /**
   * A document, or a chunk of one.
   *
   * @param key of its records in the source's topic, if they are no more than text
   * @param id of the document; null where the profile makes no keys
   * @param chunk null for a whole text
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes from the wire, never compared
  public record Place(byte[] key, @Nullable String id, @Nullable Integer chunk) {}

  /** Null if the job writes no such key. */
  @Nullable Place place(byte @Nullable [] key) {
    if (key == null) {
      return null;
    }
    byte[] of = name == ProfileName.CONNECT_JSON ? idOf(key) : key;
    if (of == null) {
      return null;
    }
    Integer chunk = null;
    if (splits) {
      int divider = divider(of);
      chunk = divider < 0 ? null : number(of, divider + 1);
      if (chunk == null) {
        return null; // a whole text, of a job that did not split
      }
      of = Arrays.copyOf(of, divider);
    }
    if (!profile.makesKeys()) {
      return new Place(of, /* id= */ null, chunk);
    }
    String id = Utf8.decodeOrNull(of);
    return id == null ? null : new Place(KeyText.bytes(id), id, chunk);
  }

  /**
   * The partition that the job writes a key to, as Kafka's default partitioner and the writer of
   * chunks choose it. Another one has what was written before the topic was given more partitions.
   *
   * @param place of the key
   * @param partitions of the topic
   */
  int partition(Place place, byte[] key, int partitions) {
    String id = place.id();
    byte[] chooses = place.chunk() == null ? key : id == null ? place.key() : profile.key(id);
    return Utils.toPositive(Utils.murmur2(chooses)) % partitions;
  }

  /** The id in a key as Kafka Connect's JsonConverter reads it; null if there is none. */
  private static byte @Nullable [] idOf(byte[] key) {
    try {
      Iterator<JsonNode> fields =
          JsonTree.decode(key, ForeignFormat.KEY).path("payload").elements();
      JsonNode id = fields.hasNext() ? fields.next() : null;
      return id == null || !id.isTextual() ? null : id.asText().getBytes(StandardCharsets.UTF_8);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private static int divider(byte[] key) {
    for (int i = key.length - 1; i >= 0; i--) {
      if (key[i] == CHUNK) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable Integer number(byte[] key, int from) {
    int digits = key.length - from;
    if (digits < 1 || digits > MAX_DIGITS || (digits > 1 && key[from] == '0')) {
      return null;
    }
    int number = 0;
    for (int i = from; i < key.length; i++) {
      if (key[i] < '0' || key[i] > '9') {
        return null;
      }
      number = 10 * number + key[i] - '0';
    }
    return number;
  }
}
