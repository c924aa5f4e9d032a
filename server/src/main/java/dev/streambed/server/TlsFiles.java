package dev.streambed.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * A certificate and its key, in files as most tools write them.
 *
 * @param certificates in PEM: the server's, then those it was signed with
 * @param key in PEM, PKCS #8, without a password
 */
@API(status = API.Status.INTERNAL)
public record TlsFiles(Path certificates, Path key) {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([\\sA-Za-z0-9+/=]+)-----END PRIVATE KEY-----");
  private static final String ENTRY = "server";

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException if they cannot be used; the message has nothing of the key
   */
  SslContextFactory.Server open() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(ENTRY, readKey(), new char[0], readCertificates());
      var context = new SslContextFactory.Server();
      context.setKeyStore(store);
      context.setKeyStorePassword("");
      context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "Cannot use certificate %s with key %s: %s".formatted(certificates, key, e), e);
    }
  }

  private Certificate[] readCertificates() throws IOException, GeneralSecurityException {
    byte[] pem = Files.readAllBytes(certificates);
    Certificate[] chain =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem))
            .toArray(new Certificate[0]);
    if (chain.length == 0) {
      throw new IllegalArgumentException("There is no certificate in " + certificates + ".");
    }
    return chain;
  }

  private PrivateKey readKey() throws IOException, GeneralSecurityException {
    Matcher pem = PRIVATE_KEY.matcher(Files.readString(key));
    if (!pem.find()) {
      throw new IllegalArgumentException(
          "There is no 'BEGIN PRIVATE KEY' in %s. Make it with: openssl pkcs8 -topk8 -nocrypt -in KEY"
              .formatted(key));
    }
    var encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        // it is of another algorithm
      }
    }
    throw new IllegalArgumentException(
        "The key in %s is none of RSA, EC and EdDSA.".formatted(key));
  }
}
