package dev.streambed.jobs;

import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.operator.TextExtractor;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.TextRecord;
import org.jspecify.annotations.Nullable;

/** Finds the text of a record. Runs on the task thread. */
final class InputText implements TextExtractor<InputRecord> {
  private static final long serialVersionUID = 1L;

  private final RecordFormat format;

  InputText(RecordFormat format) {
    this.format = format;
  }

  @Override
  public @Nullable String text(InputRecord input) {
    TextRecord text = decoded(input);
    return text == null ? null : text.text();
  }

  @Override
  public @Nullable String promptName(InputRecord input) {
    TextRecord text = decoded(input);
    return text == null ? null : text.prompt();
  }

  @Override
  public long bytes(InputRecord input) {
    return input.bytes();
  }

  /**
   * Null also for a record that does not decode: {@link EncodeFunction} finds that out again, and
   * why.
   */
  private @Nullable TextRecord decoded(InputRecord input) {
    try {
      return input.decoded(format);
    } catch (MalformedRecordException e) {
      return null;
    }
  }
}
