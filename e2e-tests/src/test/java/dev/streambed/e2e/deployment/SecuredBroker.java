package dev.streambed.e2e.deployment;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.streambed.broker.FreePorts;
import dev.streambed.broker.KafkaBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

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
  private final Path directory;
  private final int scramPort;
  private final int mutualTlsPort;

  private SecuredBroker(Path directory, int scramPort, int mutualTlsPort) throws Exception {
    this.directory = directory;
    this.scramPort = scramPort;
    this.mutualTlsPort = mutualTlsPort;
    makeKey("broker");
    makeKey("client");
    makeKey("stranger");
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
    return directory.resolve(name + "-keys.p12");
  }

  /** The certificate of broker, client or stranger. */
  Path trust(String name) {
    return directory.resolve(name + "-trust.p12");
  }

  private void makeKey(String name) throws IOException, InterruptedException {
    Path certificate = directory.resolve(name + ".pem");
    keytool(
        store(name),
        "-genkeypair -alias %s -keyalg EC -dname CN=%s -ext san=ip:127.0.0.1"
            .formatted(name, name));
    keytool(store(name), "-exportcert -rfc -alias %s -file %s".formatted(name, certificate));
    keytool(trust(name), "-importcert -noprompt -alias %s -file %s".formatted(name, certificate));
  }

  private static void keytool(Path store, String arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", STORE_PASSWORD));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool " + arguments + " ended with " + keytool.exitValue() + ".");
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
