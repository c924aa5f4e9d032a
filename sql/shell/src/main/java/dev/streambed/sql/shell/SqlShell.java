package dev.streambed.sql.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.sql.parser.impl.TokenMgrError;
import org.apache.flink.table.client.SqlClientException;
import org.apache.flink.table.client.cli.CliClient;
import org.apache.flink.table.client.cli.CliClient.ExecutionMode;
import org.apache.flink.table.client.cli.CliStrings;
import org.apache.flink.table.client.cli.TerminalUtils;
import org.apache.flink.table.client.gateway.Executor;
import org.apache.flink.table.gateway.SqlGateway;
import org.apache.flink.table.gateway.service.context.DefaultContext;
import org.apache.flink.table.gateway.service.session.SessionManager;
import org.apache.flink.util.NetUtils;
import org.jspecify.annotations.Nullable;

/**
 * Flink's SQL client over a gateway and a cluster, all in this process: what {@code streambed sql}
 * starts. It halts when it is done, as soon as its parent is gone, or at Ctrl-C while a script
 * runs: it owns nothing that outlives the process but files below {@code java.io.tmpdir}, which are
 * the parent's to delete.
 */
@Internal
public final class SqlShell {
  private static final String HOST = "127.0.0.1";

  /** Most tasks side by side in a statement; each has a thread for its model. */
  private static final int MOST_PARALLELISM = 4;

  /** Statements that run at the same time. */
  private static final int STATEMENTS = 4;

  private static final int DONE = 0;
  private static final int FAILED = 1;

  private final Executor executor;
  private final Path history;

  private SqlShell(Executor executor, Path history) {
    this.executor = executor;
    this.history = history;
  }

  /**
   * Runs statements, then those of a person or a script.
   *
   * @param arguments the file of the first statements, the file of the history, and, if nobody is
   *     to be asked, the file of the script
   */
  public static void main(String[] arguments) {
    haltWithParent();
    int code = FAILED;
    try {
      Path script = arguments.length > 2 ? Path.of(arguments[2]) : null;
      code = run(Path.of(arguments[0]), Path.of(arguments[1]), script);
    } catch (Throwable e) { // nobody else would say it
      System.err.println("streambed: Flink's SQL client ended: " + e);
    } finally {
      System.out.flush();
      System.err.flush();
      Runtime.getRuntime().halt(code); // nobody waits for jobs that run
    }
  }

  private static void haltWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(
            parent -> {
              var unused = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(FAILED));
            });
  }

  private static int run(Path init, Path history, @Nullable Path script) throws Exception {
    URI cluster = startCluster();
    Configuration configuration = configuration(cluster);
    var context = new DefaultContext(configuration, List.of());
    InetSocketAddress gateway = startGateway(context);
    try (Executor executor = Executor.create(context, gateway, "streambed")) {
      System.err.println("Flink: " + cluster);
      return new SqlShell(executor, history).run(Files.readString(init), script);
    }
  }

  private static int parallelism() {
    return Math.min(MOST_PARALLELISM, Runtime.getRuntime().availableProcessors());
  }

  private static URI startCluster() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, HOST);
    configuration.set(RestOptions.BIND_ADDRESS, HOST);
    configuration.set(RestOptions.BIND_PORT, "0");
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(STATEMENTS * parallelism())
                .build());
    cluster.start();
    return cluster.getRestAddress().get();
  }

  private static Configuration configuration(URI cluster) {
    Configuration configuration = new Configuration();
    configuration.set(DeploymentOptions.TARGET, "remote");
    configuration.set(RestOptions.ADDRESS, HOST);
    configuration.set(RestOptions.PORT, cluster.getPort());
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, parallelism());
    return configuration;
  }

  @SuppressWarnings("try") // the port's close() may be interrupted, as this process may
  private static InetSocketAddress startGateway(DefaultContext context) throws Exception {
    try (NetUtils.Port port = NetUtils.getAvailablePort()) {
      Configuration configuration = context.getFlinkConfig();
      configuration.setString("sql-gateway.endpoint.rest.address", HOST);
      configuration.setString("sql-gateway.endpoint.rest.port", Integer.toString(port.getPort()));
      new SqlGateway(configuration, SessionManager.create(context)).start();
      return InetSocketAddress.createUnresolved(HOST, port.getPort());
    }
  }

  private int run(String init, @Nullable Path script) throws IOException {
    var statements = new SqlScript(executor, System.err);
    if (!statements.run(init, ExecutionMode.INITIALIZATION, OutputStream.nullOutputStream())) {
      return FAILED;
    }
    if (script == null) {
      while (!ask()) {
        // Tables and models of the session are still there.
      }
      return DONE;
    }
    String text = Files.readString(script);
    var results = new ResultOutput(System.out, System.err);
    return statements.run(text, ExecutionMode.NON_INTERACTIVE_EXECUTION, results) ? DONE : FAILED;
  }

  /** False if a line had what no statement has, such as #: that ends Flink's client. */
  private boolean ask() {
    try (var client = new CliClient(TerminalUtils::createDefaultTerminal, executor, history)) {
      client.executeInInteractiveMode();
      return true;
    } catch (SqlClientException e) {
      if (!(e.getCause() instanceof TokenMgrError)) {
        throw e;
      }
      System.err.println(
          CliStrings.messageError(
              CliStrings.MESSAGE_SQL_EXECUTION_ERROR, e, /* isVerbose= */ false));
      return false;
    }
  }
}
