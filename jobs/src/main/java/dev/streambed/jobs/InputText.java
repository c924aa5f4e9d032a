package dev.streambed.jobs;

import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.TextRecord;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** Finds the text of a record. Runs on the task thread. */
final class InputText implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RecordFormat format;
  private transient @Nullable RecordDecoder decoder; // only for records from a checkpoint

  InputText(RecordFormat format) {
    this.format = format;
  }

  /** The text; null for a tombstone. */
  @Nullable String text(InputRecord input) {
    TextRecord text = decoded(input);
    return text == null ? null : text.text();
  }

  /** Name of the prompt that the record asks for; null for the job's own. */
  @Nullable String promptName(InputRecord input) {
    TextRecord text = decoded(input);
    return text == null ? null : text.prompt();
  }

  /**
   * Null also for a record that does not decode: {@link EncodeFunction} finds that out again, and
   * why.
   */
  private @Nullable TextRecord decoded(InputRecord input) {
    try {
      return input.decoded(this::decoder);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private RecordDecoder decoder() {
    if (decoder == null) {
      decoder = format.open();
    }
    return decoder;
  }
}
