namespace System.Runtime.CompilerServices;

/// <summary>Records need it, and netstandard2.0 has none.</summary>
internal static class IsExternalInit;
