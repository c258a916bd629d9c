using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>Which members of a record or class are written, in which order, and how it is made again.</summary>
[RequiresUnreferencedCode("Reflection.")]
internal static class ObjectShape
{
    public static (MemberInfo[] Members, ConstructorInfo? Constructor) Of(Type type)
    {
        PropertyInfo[] properties = [.. type.GetProperties().Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];
        ConstructorInfo? constructor = type.GetConstructors()
            .Where(c => c.GetParameters().All(parameter => Match(properties, parameter) is not null))
            .MaxBy(c => c.GetParameters().Length);
        if (constructor?.GetParameters() is { Length: > 0 } parameters)
            return ([.. parameters.Select(parameter => Match(properties, parameter)!)], constructor);
        if (constructor is null && !type.IsValueType)
            throw NoConstructor(type);
        return ([.. properties.Where(p => p.SetMethod is { IsPublic: true }).OrderBy(p => Depth(p.DeclaringType!)).ThenBy(p => p.MetadataToken)], null);
    }

    private static PropertyInfo? Match(PropertyInfo[] properties, ParameterInfo parameter) => properties.FirstOrDefault(
        p => p.PropertyType == parameter.ParameterType && string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));

    // The members of a base come before those of what derives from it.
    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    private static NotSupportedException NoConstructor(Type type) => new(
        $"{type} has no public constructor whose parameters are all named like properties. Give it one, or write a PostcardCodec<{type.Name}>.");
}
