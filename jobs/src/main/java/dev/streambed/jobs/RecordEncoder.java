package dev.streambed.jobs;

import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.UnfitRecordException;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes the records of the sink's topic, after its profile. Used by one thread. */
final class RecordEncoder {
  private final Form form;
  private final Profile profile;
  private final RecordHeader space;
  private final RecordDecoder decoder;

  /**
   * Encodes for one topic.
   *
   * @param space address of the space of first vectors
   * @param decoder for the keys of what is to be deleted; stays the caller's
   */
  RecordEncoder(Form form, String space, RecordDecoder decoder) {
    this.form = form;
    this.profile = form.profile();
    this.space =
        new RecordHeader(OutputRecord.SPACE_HEADER, space.getBytes(StandardCharsets.UTF_8));
    this.decoder = decoder;
  }

  /**
   * The record of an embedding.
   *
   * @throws UnfitRecordException if it has no form in the profile
   * @throws dev.streambed.schemas.MalformedRecordException if its Kafka key has another format
   */
  OutputRecord encode(SourceRecord source, EmbeddingRecord embedding) {
    byte[] value = profile.value(embedding);
    OutputRecord record = OutputRecord.of(source, value, form.headers()).withHeader(space);
    String id = embedding.key();
    ChunkOfText chunk = embedding.chunk();
    @Nullable Integer index = chunk == null ? null : (Integer) chunk.index();
    if (!profile.makesKeys() || id == null) {
      return withIndex(record, index);
    }
    String deleted = decoder.keyOfDeleted(source);
    if (deleted != null && !deleted.equals(id)) {
      throw new UnfitRecordException(
          Reason.OTHER_KEY,
          "The key inside the value is another than the Kafka key, so no tombstone could delete the embedding. Make them the same, or leave out that in the value.");
    }
    return withId(record, id, index);
  }

  private OutputRecord withId(OutputRecord record, String id, @Nullable Integer chunk) {
    OutputRecord document = record.withKey(profile.key(id));
    return chunk == null ? document : document.ofChunk(profile.key(ChunkOfText.key(id, chunk)));
  }

  /** With the Kafka key that was read, and the index of a chunk behind it. */
  private static OutputRecord withIndex(OutputRecord record, @Nullable Integer chunk) {
    byte[] key = record.key();
    if (chunk == null || key == null) {
      return record;
    }
    byte[] index = ChunkOfText.key("", chunk).getBytes(StandardCharsets.UTF_8);
    byte[] ofChunk = Arrays.copyOf(key, key.length + index.length);
    System.arraycopy(index, 0, ofChunk, key.length, index.length);
    return record.ofChunk(ofChunk);
  }

  /**
   * A tombstone for the embedding of a record's key.
   *
   * @param text of the record, which may have the key in it; null if it has none
   * @param chunk index of the chunk that is deleted; null for a whole text
   * @throws UnfitRecordException if the key is no id in the profile
   * @throws dev.streambed.schemas.MalformedRecordException if the Kafka key has another format
   */
  OutputRecord tombstone(SourceRecord source, @Nullable TextRecord text, @Nullable Integer chunk) {
    OutputRecord tombstone = OutputRecord.of(source, /* value= */ null, form.headers());
    if (!profile.makesKeys()) {
      return withIndex(tombstone, chunk);
    }
    String id = decoder.keyOfDeleted(source);
    if (id == null && text != null) {
      id = text.key();
    }
    return withId(tombstone, id == null ? "" : id, chunk);
  }
}
