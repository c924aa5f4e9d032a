package dev.streambed.jobs.kafka.startup;

import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.options.InvalidPipelineException;
import java.net.InetSocketAddress;
import java.nio.file.NoSuchFileException;
import java.security.UnrecoverableKeyException;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.utils.Utils;
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
    String waited = isTimeout ? " within " + Requirements.written(timeout) : "";
    return new InvalidPipelineException(
        "Cannot use Kafka at %s%s: %s. Check that it runs, its address, and %s.security.protocol."
            .formatted(
                bootstrapServers,
                waited,
                isTimeout || cause == null ? "it does not answer" : words(cause),
                option),
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
    if (root instanceof ConfigException && knowsNoHost()) {
      return new InvalidPipelineException(
          "Cannot connect to Kafka at %s: this machine knows no host of that name. Correct %s, or the name service."
              .formatted(bootstrapServers, option.replaceFirst("kafka$", "bootstrap-servers")),
          cause);
    }
    return new InvalidPipelineException(
        "Cannot connect to Kafka at %s with the properties of %s: %s. Correct them."
            .formatted(bootstrapServers, option, words(root)),
        cause);
  }

  /** True if Kafka refuses to answer this request. */
  static boolean isRefusal(@Nullable Throwable cause) {
    return cause instanceof ApiException
        && !(cause instanceof RetriableException)
        && !(cause instanceof AuthenticationException);
  }

  private boolean knowsNoHost() {
    return Arrays.stream(bootstrapServers.split(",", -1))
        .map(String::strip)
        .filter(address -> !address.isEmpty())
        .map(Utils::getHost)
        .allMatch(host -> host != null && new InetSocketAddress(host, 0).isUnresolved());
  }

  /** The cause, with the name of a Java class only if nothing else says it. */
  static String words(Throwable failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no file " + failure.getMessage();
    }
    if (failure instanceof UnrecoverableKeyException) {
      return "the password of a key store or trust store is wrong";
    }
    String message = String.valueOf(failure.getMessage());
    return message.contains(" ") ? message : failure.getClass().getSimpleName() + ": " + message;
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
