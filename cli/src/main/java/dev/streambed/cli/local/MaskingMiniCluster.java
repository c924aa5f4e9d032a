package dev.streambed.cli.local;

import dev.streambed.jobs.options.Secrets;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.dispatcher.DispatcherGateway;
import org.apache.flink.runtime.dispatcher.SessionDispatcherFactory;
import org.apache.flink.runtime.dispatcher.runner.DefaultDispatcherRunnerFactory;
import org.apache.flink.runtime.entrypoint.component.DefaultDispatcherResourceManagerComponentFactory;
import org.apache.flink.runtime.entrypoint.component.DispatcherResourceManagerComponentFactory;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.resourcemanager.StandaloneResourceManagerFactory;
import org.apache.flink.runtime.rest.RestEndpointFactory;
import org.apache.flink.runtime.rest.SessionRestEndpointFactory;

/**
 * A MiniCluster whose web UI also hides the secrets that only {@link Secrets} recognises. Flink's
 * own page of the configuration goes by the keys alone.
 */
@SuppressWarnings("try") // MiniCluster's close() declares to throw anything
final class MaskingMiniCluster extends MiniCluster {
  MaskingMiniCluster(MiniClusterConfiguration configuration) {
    super(configuration);
  }

  @Override
  protected DispatcherResourceManagerComponentFactory
      createDispatcherResourceManagerComponentFactory() {
    RestEndpointFactory<DispatcherGateway> masking =
        (configuration, dispatcher, resources, blobs, executor, metrics, election, errors) ->
            SessionRestEndpointFactory.INSTANCE.createRestEndpoint(
                masked(configuration),
                dispatcher,
                resources,
                blobs,
                executor,
                metrics,
                election,
                errors);
    return new DefaultDispatcherResourceManagerComponentFactory(
        DefaultDispatcherRunnerFactory.createSessionRunner(SessionDispatcherFactory.INSTANCE),
        StandaloneResourceManagerFactory.getInstance(),
        masking);
  }

  /**
   * The REST endpoint still needs its own secrets, such as a key store's password: Flink hides
   * these.
   */
  private static Configuration masked(Configuration configuration) {
    var masked = new Configuration(configuration);
    configuration
        .toMap()
        .forEach(
            (key, value) -> {
              if (Secrets.isSecret(key, value) && !GlobalConfiguration.isSensitive(key)) {
                masked.setString(key, Secrets.HIDDEN);
              }
            });
    return masked;
  }
}
