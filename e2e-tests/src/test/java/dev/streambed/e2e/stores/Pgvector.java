package dev.streambed.e2e.stores;

import static org.awaitility.Awaitility.await;

import dev.streambed.broker.FreePorts;
import dev.streambed.e2e.harness.FlinkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * PostgreSQL with pgvector, empty: PGlite, which is both in WebAssembly, run by Node.js in a
 * process that ends with this one. All connections to it share one session.
 */
final class Pgvector implements AutoCloseable {
  static final String USER = "postgres";
  static final String PASSWORD = "postgres";

  /** Why a test did not run. */
  static final String IMPOSSIBLE =
      "PostgreSQL with pgvector is not tested: there is no Node.js with npm on this machine, or npm cannot get its packages (target/pgvector/npm.log).";

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String LOCK = "package-lock.json";
  private static final List<String> FILES = List.of("package.json", LOCK, ".npmrc", "server.mjs");

  private final Process process;
  private final String url;

  private Pgvector(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /** Whether it can be started; installs it where it can be installed. */
  static boolean isPossible() throws IOException, InterruptedException {
    return runs("node", "--version") && runs("npm", "--version") && isInstalled();
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  /** Starts it; its log lies in a directory. */
  static Pgvector start(Path directory) throws IOException, InterruptedException {
    int port = FreePorts.next();
    Process process =
        new ProcessBuilder("node", "server.mjs", Integer.toString(port))
            .directory(installed().toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("pgvector.log").toFile())
            .start();
    // Prepared statements have names per connection; here connections would disturb each other.
    String url =
        "jdbc:postgresql://127.0.0.1:%d/postgres?sslmode=disable&prepareThreshold=0"
            .formatted(port);
    var server = new Pgvector(process, url);
    try {
      await("start of PostgreSQL")
          .atMost(LIMIT)
          .ignoreExceptions() // as long as nobody listens
          .until(
              () -> {
                server.connect().close();
                return true;
              });
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private static Path installed() throws IOException {
    return FlinkDirectory.target().resolve("pgvector");
  }

  /** Installs the npm packages below the build's directory, once per change of their versions. */
  private static boolean isInstalled() throws IOException, InterruptedException {
    Path source = FlinkDirectory.target().resolve("../pgvector").normalize();
    Path target = Files.createDirectories(installed());
    Path done = target.resolve("installed.json");
    for (String file : FILES) {
      Files.write(target.resolve(file), Files.readAllBytes(source.resolve(file)));
    }
    if (!Files.exists(done) || Files.mismatch(done, target.resolve(LOCK)) >= 0) {
      Process npm =
          new ProcessBuilder("npm", "ci")
              .directory(target.toFile())
              .redirectErrorStream(true)
              .redirectOutput(target.resolve("npm.log").toFile())
              .start();
      if (npm.waitFor() != 0) {
        return false;
      }
      Files.write(done, Files.readAllBytes(target.resolve(LOCK)));
    }
    return true;
  }

  /** For JDBC. */
  String url() {
    return url;
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url, USER, PASSWORD);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
