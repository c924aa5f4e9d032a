package dev.streambed.jobs;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * The job's state has vectors of another space than its model's. Ends the job for good: another
 * restart would find the same.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
final class ChangedModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChangedModelException(String message) {
    super(message);
  }
}
