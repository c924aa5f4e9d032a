package dev.streambed.e2e.deployment;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.streambed.broker.FreePorts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.KeyStores;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/**
 * A broker with a listener that asks for a user and password over TLS, and one that asks for a
 * client certificate. The plain listener is for the test itself.
 */
final class SecuredBroker implements AutoCloseable {
  static final String USER = "streambed";

  /** Looked for in logs and in Flink's web interface. */
  static final String PASSWORD = "canary-of-the-kafka-password";

  /** The password of all key stores. */
  static final String STORE_PASSWORD = "canary-of-the-store-password";

  private final KafkaBroker broker;
  private final KeyStores keys;
  private final int scramPort;
  private final int mutualTlsPort;

  private SecuredBroker(Path directory, int scramPort, int mutualTlsPort) throws Exception {
    this.keys = new KeyStores(directory, STORE_PASSWORD);
    this.scramPort = scramPort;
    this.mutualTlsPort = mutualTlsPort;
    for (String name : List.of("broker", "client", "stranger")) {
      keys.make(name);
    }
    this.broker = KafkaBroker.start(this::secure);
  }

  /** Starts one; key stores are written to the directory. */
  static SecuredBroker start(Path directory) throws Exception {
    var secured = new SecuredBroker(directory, FreePorts.next(), FreePorts.next());
    secured.createUser();
    return secured;
  }

  private void secure(Properties settings) {
    String listeners =
        "SCRAM://127.0.0.1:%d,MTLS://127.0.0.1:%d".formatted(scramPort, mutualTlsPort);
    append(settings, "listeners", listeners);
    append(settings, "advertised.listeners", listeners);
    append(settings, "listener.security.protocol.map", "SCRAM:SASL_SSL,MTLS:SSL");
    settings.putAll(
        Map.of(
            "ssl.keystore.location",
            store("broker").toString(),
            "ssl.keystore.password",
            STORE_PASSWORD,
            "ssl.truststore.location",
            trust("client").toString(),
            "ssl.truststore.password",
            STORE_PASSWORD,
            "listener.name.mtls.ssl.client.auth",
            "required",
            "listener.name.scram.sasl.enabled.mechanisms",
            "SCRAM-SHA-512",
            "listener.name.scram.scram-sha-512.sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"));
    settings.putAll(
        Map.of(
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users",
            "User:ANONYMOUS", // the test, and the broker itself
            "allow.everyone.if.no.acl.found",
            "true"));
  }

  private static void append(Properties settings, String key, String more) {
    settings.setProperty(key, settings.getProperty(key) + "," + more);
  }

  private void createUser() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .alterUserScramCredentials(
              List.of(
                  new UserScramCredentialUpsertion(
                      USER, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), PASSWORD)))
          .all()
          .get(60, SECONDS);
    }
  }

  /** From now on, the user may do nothing else with a topic. */
  void allow(String topic, AclOperation... operations) throws Exception {
    var pattern = new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createAcls(
              Arrays.stream(operations)
                  .map(
                      operation ->
                          new AclBinding(
                              pattern,
                              new AccessControlEntry(
                                  "User:" + USER, "*", operation, AclPermissionType.ALLOW)))
                  .toList())
          .all()
          .get(60, SECONDS);
    }
  }

  /** Takes the right to read a topic from the user. */
  void revokeRead(String topic) throws Exception {
    var pattern = new ResourcePatternFilter(ResourceType.TOPIC, topic, PatternType.LITERAL);
    var read =
        new AccessControlEntryFilter(
            "User:" + USER, "*", AclOperation.READ, AclPermissionType.ALLOW);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin.deleteAcls(List.of(new AclBindingFilter(pattern, read))).all().get(60, SECONDS);
    }
  }

  /** Without security, for the test. */
  KafkaBroker broker() {
    return broker;
  }

  String scramServers() {
    return "127.0.0.1:" + scramPort;
  }

  String mutualTlsServers() {
    return "127.0.0.1:" + mutualTlsPort;
  }

  /** Key of broker, client or stranger, with its certificate. */
  Path store(String name) {
    return keys.store(name);
  }

  /** The certificate of broker, client or stranger. */
  Path trust(String name) {
    return keys.trust(name);
  }

  @Override
  public void close() {
    broker.close();
  }
}
