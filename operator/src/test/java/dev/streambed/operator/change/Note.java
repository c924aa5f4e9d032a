package dev.streambed.operator.change;

import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.Rejected;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The record of these tests.
 *
 * @param number to tell it by
 * @param key of its document; null if it is none
 * @param text null deletes the document
 * @param metadata {@link #REFUSED} if the steps behind will not write it; {@link #UNREADABLE} if
 *     nobody can tell the text
 */
public record Note(
    int number, @Nullable String key, @Nullable String text, String metadata, boolean forced) {
  static final String REFUSED = "refused";
  static final String UNREADABLE = "unreadable";

  static final TypeInformation<Note> TYPE = TypeInformation.of(Note.class);
  static final OutputTag<Rejected<Note>> FAILED = new OutputTag<>("failed") {};

  Note(int number, @Nullable String key, @Nullable String text) {
    this(number, key, text, "", false);
  }

  Note(int number, @Nullable String key, @Nullable String text, String metadata) {
    this(number, key, text, metadata, false);
  }

  /** Tells of notes what the operator asks. */
  static final class Notes implements Documents<Note> {
    private static final long serialVersionUID = 1L;

    private final String settings;
    private final @Nullable WrittenTopic<Note> written;

    Notes(String settings, @Nullable WrittenTopic<Note> written) {
      this.settings = settings;
      this.written = written;
    }

    @Override
    public String key(Note note) {
      return keyOf(note);
    }

    static String keyOf(Note note) {
      return note.key() == null ? "none" : "key " + note.key();
    }

    @Override
    public boolean isDocument(Note note) {
      return note.key() != null;
    }

    @Override
    public String settings() {
      return settings;
    }

    @Override
    public void addIdentity(Note note, Fingerprinter identity) {
      // the key says it
    }

    @Override
    public void addMetadata(Note note, Fingerprinter metadata) {
      metadata.add(note.metadata());
    }

    @Override
    public boolean isDeletion(Note note) {
      return !note.metadata().equals(UNREADABLE);
    }

    @Override
    public boolean isForced(Note note) {
      return note.forced();
    }

    @Override
    public boolean isWritten(Embedded<Note> embedded, long nowMillis) {
      return !embedded.input().metadata().equals(REFUSED);
    }

    @Override
    public @Nullable WrittenTopic<Note> written() {
      return written;
    }
  }
}
