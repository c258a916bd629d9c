using System.Security.Cryptography;
using Net.Mesh.Crypto;

namespace Net.Mesh;

/// <summary>Identities in key files.</summary>
public static class IdentityKeyFile
{
    extension(KeyFile)
    {
        /// <summary>Reads an identity's seed.</summary>
        /// <param name="path">The file.</param>
        /// <param name="time">The clock that the identity's tokens go by; without it the system's.</param>
        /// <exception cref="MeshException">Kind <c>key-file</c>: it is missing, open to others, or no seed.</exception>
        public static Identity ReadIdentity(string path, TimeProvider? time = null)
        {
            byte[] seed = KeyFile.Read(path, "identity");
            try
            {
                return Identity.FromSeed(seed, time);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(seed);
            }
        }
    }
}
