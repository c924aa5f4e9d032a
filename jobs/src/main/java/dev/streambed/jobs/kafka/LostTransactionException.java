package dev.streambed.jobs.kafka;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * Kafka has aborted a transaction before the job could commit it. Ends the job for good: another
 * restart would find the same.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
final class LostTransactionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LostTransactionException(String message, Throwable cause) {
    super(message, cause);
  }
}
