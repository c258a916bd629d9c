using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Net.Mesh.Benchmarks.Transport;

/// <summary>A certificate made in memory for one run, and trust in exactly that one.</summary>
internal static class SelfSigned
{
    public static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>Writes a certificate and its key for a server that reads them from files.</summary>
    public static (string Certificate, string Key) WritePem(string folder)
    {
        using X509Certificate2 certificate = Create();
        string file = Path.Combine(folder, "server.pem");
        string keyFile = Path.Combine(folder, "server.key");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (file, keyFile);
    }

    public static string HashOf(X509Certificate certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public static SslClientAuthenticationOptions TrustOnly(string certificateHash) => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && HashOf(certificate) == certificateHash,
    };
}
