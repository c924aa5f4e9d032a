package dev.streambed.operator.change;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.TextChunk;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/** The output of a {@link ChangeHarness}, in its order, as a topic would have it. */
final class TopicOfNotes implements WrittenTopic<Note> {
  private static final long serialVersionUID = 1L;

  private transient List<Line> lines = new ArrayList<>();
  private transient int reads;

  /** One record: a text, nothing if it is deleted, or something that nobody understands. */
  private record Line(
      Note note, @Nullable Integer chunk, @Nullable WrittenText text, boolean odd, boolean former) {
    Line(Note note, @Nullable Integer chunk, @Nullable WrittenText text, boolean odd) {
      this(note, chunk, text, odd, /* former= */ false);
    }
  }

  /** The records of a harness so far. */
  TopicOfNotes add(ChangeHarness harness) {
    for (Object element : harness.flink().getOutput()) {
      if (element instanceof StreamRecord<?> record
          && record.getValue() instanceof Embedded<?> embedded
          && embedded.input() instanceof Note note
          && note.key() != null) {
        TextChunk chunk = embedded.chunk();
        String text = note.text();
        lines.add(
            new Line(
                note,
                chunk == null ? null : (Integer) chunk.index(),
                !embedded.isEmbedded() || text == null
                    ? null
                    : text(
                        chunk == null ? text : text.substring(chunk.startChar(), chunk.endChar()),
                        embedded.embedding(),
                        chunk,
                        note),
                /* odd= */ false));
      }
    }
    return this;
  }

  TopicOfNotes add(Note note, String text) {
    lines.add(new Line(note, null, text(text, embedding(text), null, note), /* odd= */ false));
    return this;
  }

  TopicOfNotes addChunk(Note note, String text, int index, int count) {
    int start = String.valueOf(note.text()).indexOf(text);
    var chunk = new TextChunk(index, count, start, start + text.length());
    lines.add(new Line(note, index, text(text, embedding(text), chunk, note), /* odd= */ false));
    return this;
  }

  TopicOfNotes addOther(Note note, @Nullable Integer chunk) {
    lines.add(new Line(note, chunk, null, /* odd= */ true));
    return this;
  }

  /** One that was written before the topic was given more partitions. */
  TopicOfNotes addFormer(Note note, int chunk) {
    lines.add(new Line(note, chunk, null, /* odd= */ false, /* former= */ true));
    return this;
  }

  TopicOfNotes addTombstone(Note note, @Nullable Integer chunk) {
    lines.add(new Line(note, chunk, null, /* odd= */ false));
    return this;
  }

  private static Embedding embedding(String text) {
    return new Embedding(new float[] {text.charAt(0), text.length()}, text.length(), false);
  }

  private static WrittenText text(
      String text, Embedding embedding, @Nullable TextChunk chunk, Note note) {
    String prompt = new ManualTextEmbedder().promptName(null);
    return new WrittenText(hash(text), prompt, embedding, chunk, note.number());
  }

  private static String hash(String text) {
    try {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(utf8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** How often it was read. */
  int reads() {
    return reads;
  }

  @Override
  public void read(Receiver<Note> receiver) throws Exception {
    reads++;
    for (Line line : lines) {
      if (!receiver.takes(line.note)) {
        continue;
      }
      if (line.former) {
        receiver.mayHave(line.note, requireNonNull(line.chunk));
      } else if (line.text != null) {
        receiver.written(line.note, line.text);
      } else if (line.odd) {
        receiver.other(line.note, line.chunk);
      } else {
        receiver.deleted(line.note, line.chunk);
      }
    }
  }
}
