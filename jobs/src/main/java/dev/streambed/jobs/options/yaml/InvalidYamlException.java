package dev.streambed.jobs.options.yaml;

import org.apache.flink.annotation.Internal;

/**
 * A text is no YAML, or means two things. The message has the place and quotes no value, which may
 * be a password.
 */
@Internal
public final class InvalidYamlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidYamlException(String message) {
    super(message);
  }
}
