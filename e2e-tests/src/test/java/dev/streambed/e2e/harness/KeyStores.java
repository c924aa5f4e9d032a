package dev.streambed.e2e.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys with certificates for 127.0.0.1, as the JDK's keytool makes them.
 *
 * @param directory where the files lie
 * @param password of all key stores
 */
public record KeyStores(Path directory, String password) {

  /** Makes a key of a name, with its certificate in all forms. */
  public void make(String name) throws IOException, InterruptedException {
    keytool(
        store(name),
        "-genkeypair -alias %s -keyalg EC -dname CN=%s -ext san=ip:127.0.0.1"
            .formatted(name, name));
    keytool(store(name), "-exportcert -rfc -alias %s -file %s".formatted(name, certificate(name)));
    keytool(
        trust(name), "-importcert -noprompt -alias %s -file %s".formatted(name, certificate(name)));
  }

  /** The key, with its certificate. */
  public Path store(String name) {
    return directory.resolve(name + "-keys.p12");
  }

  /** The certificate in a key store. */
  public Path trust(String name) {
    return directory.resolve(name + "-trust.p12");
  }

  /** The certificate as PEM. */
  public Path certificate(String name) {
    return directory.resolve(name + ".pem");
  }

  private void keytool(Path store, String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", password));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool " + arguments + " ended with " + keytool.exitValue() + ".");
    }
  }
}
