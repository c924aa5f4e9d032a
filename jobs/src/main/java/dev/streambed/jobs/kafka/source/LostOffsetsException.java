package dev.streambed.jobs.kafka.source;

import java.util.List;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * Kafka no longer has the offsets at which the job wants to read. Ends the job for good: another
 * restart would find the same.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
final class LostOffsetsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LostOffsetsException(String message) {
    super(message);
  }

  /** One exception for losses that were found together; its message is the first. */
  static LostOffsetsException of(List<LostOffsets> losses) {
    var exception = new LostOffsetsException(losses.get(0).message() + losses.get(0).advice());
    for (LostOffsets loss : losses.subList(1, losses.size())) {
      exception.addSuppressed(new LostOffsetsException(loss.message()));
    }
    return exception;
  }
}
