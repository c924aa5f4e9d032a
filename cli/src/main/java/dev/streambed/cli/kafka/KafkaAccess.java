package dev.streambed.cli.kafka;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.options.KafkaSecrets;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * How a command reaches Kafka, and what it says if it does not. No message has a value of a
 * property, which may be a secret.
 *
 * @param properties of Kafka's consumer
 */
@Internal
public record KafkaAccess(Map<String, String> properties) {
  private static final String BOOTSTRAP = ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG;

  private static final String TIMEOUT = ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG;
  private static final String TIMEOUT_MILLIS = "15000"; // somebody waits
  private static final Pattern PROPERTY = Pattern.compile("configuration \"?([\\w.-]+)");

  /** With the properties of a file, and the servers from the command line in place of its own. */
  public static KafkaAccess of(@Nullable String bootstrapServers, @Nullable Path file) {
    Map<String, String> properties = new HashMap<>();
    properties.put(TIMEOUT, TIMEOUT_MILLIS);
    if (file != null) {
      read(file).forEach((name, value) -> properties.put((String) name, (String) value));
    }
    if (bootstrapServers != null) {
      properties.put(BOOTSTRAP, bootstrapServers);
    }
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG); // a search leaves no trace
    return new KafkaAccess(KafkaSecrets.withProviders(properties));
  }

  private static Properties read(Path file) {
    var properties = new Properties();
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
      return properties;
    } catch (NoSuchFileException e) {
      throw new CommandFailedException(
          "There is no file %s for --kafka-config.".formatted(file), e);
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw new CommandFailedException(
          "%s of --kafka-config is no file of properties in UTF-8.".formatted(file));
    } catch (IOException e) {
      throw new CommandFailedException(
          "Cannot read %s of --kafka-config: %s".formatted(file, e), e);
    }
  }

  public boolean hasServers() {
    return properties.containsKey(BOOTSTRAP);
  }

  /** The failure of a command that cannot read a topic. */
  public CommandFailedException failure(KafkaException e, String topic) {
    return new CommandFailedException(message(e, topic), e);
  }

  private String message(KafkaException e, String topic) {
    String servers = properties.getOrDefault(BOOTSTRAP, "");
    if (e instanceof UnknownTopicOrPartitionException || e instanceof InvalidTopicException) {
      return "Kafka at %s has no topic %s.".formatted(servers, topic);
    }
    if (e instanceof AuthorizationException) {
      return "Kafka at %s does not let this user read topic %s.".formatted(servers, topic);
    }
    if (e instanceof AuthenticationException) {
      return "Kafka at %s refuses the connection: %s. Check security.protocol, sasl.* and ssl.* in the file of --kafka-config."
          .formatted(servers, e.getMessage());
    }
    if (e instanceof TimeoutException) {
      return "Kafka at %s does not answer within %s. Check that it runs, its address, and security.protocol in the file of --kafka-config."
          .formatted(servers, timeout());
    }
    return "Cannot connect to Kafka at %s: %s.".formatted(servers, reason(e));
  }

  /** What Kafka's client has taken, so it is a number. */
  private String timeout() {
    return Requirements.written(
        Duration.ofMillis(
            Long.parseLong(properties.getOrDefault(TIMEOUT, TIMEOUT_MILLIS).strip())));
  }

  private static String reason(KafkaException e) {
    Throwable root = e;
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      root = cause;
    }
    if (root instanceof ConfigException) {
      String message = String.valueOf(root.getMessage());
      Matcher property = PROPERTY.matcher(message);
      if (property.find()) {
        return "the property %s has no valid value".formatted(property.group(1));
      }
      return message.contains("bootstrap")
          ? "this machine knows no host of that name"
          : "its client does not take the properties of --kafka-config";
    }
    if (root instanceof IOException || root instanceof GeneralSecurityException) {
      return "a file that --kafka-config names cannot be used, " + root.getClass().getSimpleName();
    }
    return "its client does not take the properties, " + root.getClass().getSimpleName();
  }
}
