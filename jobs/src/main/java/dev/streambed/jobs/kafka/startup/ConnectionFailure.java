package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.InvalidPipelineException;
import java.time.Duration;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Says why the start-up checks cannot use Kafka, and which properties to look at.
 *
 * @param bootstrapServers that were tried
 * @param option whose further properties say how to connect, such as streambed.source.kafka
 */
record ConnectionFailure(String bootstrapServers, String option, Duration timeout) {

  /** Kafka answered with a failure, or did not answer. */
  InvalidPipelineException of(@Nullable Throwable cause) {
    if (cause instanceof SslAuthenticationException) {
      return new InvalidPipelineException(
          "Cannot agree on TLS with Kafka at %s: %s. %s.ssl.truststore.location must hold the certificate of Kafka or of its authority, issued for this address; if Kafka asks for a client certificate, %s.ssl.keystore.location must hold one that it trusts."
              .formatted(bootstrapServers, rootMessage(cause), option, option),
          cause);
    }
    if (cause instanceof AuthenticationException) {
      return new InvalidPipelineException(
          "Kafka at %s refuses the login: %s. Check user and password in %s.sasl.jaas.config or where it refers to, and %s.sasl.mechanism."
              .formatted(bootstrapServers, cause.getMessage(), option, option),
          cause);
    }
    if (cause instanceof AuthorizationException) {
      return new InvalidPipelineException(
          "Kafka at %s lets the job in, but not see what it needs: %s. Grant it to the job's user."
              .formatted(bootstrapServers, cause.getMessage()),
          cause);
    }
    boolean isTimeout =
        cause instanceof TimeoutException || cause instanceof java.util.concurrent.TimeoutException;
    String waited = isTimeout ? " within " + timeout.toMillis() + " ms" : "";
    return new InvalidPipelineException(
        "Cannot use Kafka at %s%s: %s. Check that it runs, its address, and %s.security.protocol."
            .formatted(bootstrapServers, waited, cause, option),
        cause);
  }

  /** The client could not be made from its properties. */
  InvalidPipelineException ofProperties(Throwable cause) {
    Throwable root = root(cause);
    if (root instanceof IllegalArgumentException) {
      // Kafka's parser quotes the words that it cannot parse, perhaps a part of a password.
      return new InvalidPipelineException(
          "Kafka's client does not understand %s.sasl.jaas.config. Expected: <login module class> required <name>=\"<value>\" ...; with a semicolon at the end."
              .formatted(option));
    }
    return new InvalidPipelineException(
        "Cannot connect to Kafka at %s with the properties of %s: %s. Correct them."
            .formatted(bootstrapServers, option, root),
        cause);
  }

  /** True if Kafka refuses to answer this request. */
  static boolean isRefusal(@Nullable Throwable cause) {
    return cause instanceof ApiException
        && !(cause instanceof RetriableException)
        && !(cause instanceof AuthenticationException);
  }

  private static String rootMessage(Throwable failure) {
    return String.valueOf(root(failure).getMessage());
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      root = cause;
    }
    return root;
  }
}
