namespace Net.Mesh.Cortex.Tests;

/// <summary>What every codec owes: nothing but its own refusal for bytes that are cut or random.</summary>
internal static class Torn
{
    /// <summary>Every true beginning of the bytes is refused.</summary>
    public static void RefusesEveryCut(byte[] bytes, Func<byte[], bool> tryRead)
    {
        Assert.True(tryRead(bytes));
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(tryRead(bytes[..length]), $"{length} of {bytes.Length} bytes were read");
    }
}
